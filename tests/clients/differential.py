"""The same generated requests to the fake and to a real Consul, answer by answer.

usage: differential.py EVENKEEL [--seed N] [--steps N] [--all] [--kind TEXT]

The real one is $CONSUL_BIN, else `consul` in PATH. Without either the test is skipped (code 77).
The first difference is shrunk to the fewest requests that still show it; with --kind the first one
with that text in its heading. --all goes on instead and lists one difference of each kind.
"""
import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from compare import Comparison, Different
from fake import Fake, die_with_parent, free_ports, wait_until
from requests_drawn import draw

SKIPPED = 77


class Real:
    """A `consul agent -dev` on free loopback ports."""

    def __init__(self, binary):
        self.folder = tempfile.mkdtemp(prefix='ek-consul-')
        names = ('http', 'dns', 'serf_lan', 'serf_wan', 'server')
        ports = dict(zip(names, free_ports(len(names))), grpc=-1, https=-1)
        self.port = ports['http']
        config = {
            'node_name': 'n1', 'bind_addr': '127.0.0.1', 'client_addr': '127.0.0.1',
            'advertise_addr': '127.0.0.1', 'ports': ports, 'disable_update_check': True,
            'disable_anonymous_signature': True, 'limits': {'http_max_conns_per_client': 2000},
        }
        path = os.path.join(self.folder, 'config.json')
        with open(path, 'w') as file:
            json.dump(config, file)
        self.process = subprocess.Popen(
            [binary, 'agent', '-dev', '-config-file', path], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        wait_until('consul is ready', 30, self.is_ready)

    def is_ready(self):
        try:
            link = Link(self.port)
            services = link.send('GET', '/v1/catalog/services', None)[2]
            checks = link.send('GET', '/v1/health/node/n1', None)[2]
            return b'consul' in services and b'serfHealth' in checks
        except OSError:
            return False

    def stop(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Link:
    """One kept connection; what an answer told can be put into later requests."""

    def __init__(self, port):
        self.port = port
        self.connection = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
        self.saved = {}

    def send(self, method, path, body):
        try:
            self.connection.putrequest(method, path)
        except http.client.CannotSendRequest:
            self.connection.close()
            self.connection.putrequest(method, path)
        if body is not None:
            self.connection.putheader('Content-Length', str(len(body)))
        self.connection.endheaders(body)
        answer = self.connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()

    def step(self, step):
        path, body = step['path'], step.get('body')
        for name, value in self.saved.items():
            path = path.replace('{%s}' % name, value)
            body = body.replace('{%s}' % name, value) if body else body
        answer = self.send(step['method'], path, body.encode() if body is not None else None)
        if 'save' in step:
            name, member = step['save']
            self.saved[name] = answer[1].get(member, '0') if member.startswith('X-') else value_in(answer[2], member)
        return answer

    def start(self, path):
        """Sends a read that will wait; finish() gives its answer and after how many seconds it came."""
        self.waiting = Link(self.port)
        self.waiting.saved = self.saved
        self.started = time.monotonic()
        for name, value in self.saved.items():
            path = path.replace('{%s}' % name, value)
        self.waiting.connection.request('GET', path)

    def finish(self):
        answer = self.waiting.connection.getresponse()
        result = answer.status, dict(answer.getheaders()), answer.read()
        seconds = time.monotonic() - self.started
        self.waiting.connection.close()
        return result, seconds


def value_in(body, member):
    try:
        value = json.loads(body)
        for part in member.split('.'):
            value = value[int(part) if part.isdigit() else part]
        return str(value)
    except (ValueError, LookupError, TypeError):
        return '0'


def pause_after(step):
    """An agent tells its servers in the background."""
    return 0.03 if step['method'] in ('PUT', 'POST') and step['path'].startswith('/v1/agent/') else 0


class Sides:
    def __init__(self, options, binary):
        self.real = Real(binary)
        version = Link(self.real.port).send('GET', '/v1/agent/self', None)[2]
        version = value_in(version, 'Config.Version')
        self.version = '1.8' if version.startswith('1.8') else '1.10'
        self.fake = Fake(options.program, '--version', self.version, '--pretty')
        self.links = Link(self.fake.port), Link(self.real.port)
        self.comparison = Comparison()
        time.sleep(1)  # what a server still writes after its start

    def step(self, step):
        """Raises Different."""
        if 'cached' in step['path']:
            time.sleep(0.15)  # its entry is brought up to date in the background
        if 'while' in step:
            self.step_meanwhile(step)
            return
        answers = [link.step(step) for link in self.links]
        time.sleep(pause_after(step))
        self.comparison.compare(step, *answers)

    def step_meanwhile(self, step):
        """A read waits on both sides while the step is made: both wake, or neither does."""
        for link in self.links:
            link.start(step['while'])
        time.sleep(0.03)
        answers = [link.step(step) for link in self.links]
        ends = []
        for link in self.links:  # one at a time: each tells when its answer was there
            ends.append(link.finish())
        read = {'method': 'GET', 'path': step['while']}
        self.comparison.compare(step, *answers)
        self.comparison.compare(read, ends[0][0], ends[1][0])

    def stop(self):
        self.fake.stop()
        self.real.stop()


def first_difference(options, binary, steps, kind=None):
    """Returns the index of the step and the difference, or None."""
    sides = Sides(options, binary)
    try:
        for number, step in enumerate(steps):
            try:
                sides.step(step)
            except Different as difference:
                if not kind or kind in difference.kind:
                    return number, difference
        return None
    finally:
        sides.stop()


def shrink(options, binary, steps, difference):
    """Drops ever smaller pieces while the last step still differs in the same way. Returns the steps
    that are left, and how the last one differs."""
    kind = difference.kind
    piece = max(1, len(steps) // 2)
    while True:
        at, smaller = 0, False
        while at < len(steps) - 1:
            fewer = steps[:at] + steps[min(at + piece, len(steps) - 1):]
            found = first_difference(options, binary, fewer, kind)
            if found:
                steps, difference, smaller = fewer[:found[0] + 1], found[1], True
            else:
                at += piece
        if piece == 1 and not smaller:
            return steps, difference
        piece = max(1, piece // 2)


def show(step):
    waiting = f"  (while GET {step['while']})" if 'while' in step else ''
    return f"{step['method']} {step['path']}" + (f"  {step['body']}" if step.get('body') else '') + waiting


def report(steps, difference):
    print(f'DIFFERENT: {difference.kind}')
    for step in steps:
        print('   ', show(step))
    print(difference.text)


def list_all(options, binary, steps):
    sides, kinds = Sides(options, binary), {}
    for step in steps:
        try:
            sides.step(step)
        except Different as difference:
            count, first = kinds.get(difference.kind, (0, None))
            kinds[difference.kind] = count + 1, first or (step, difference)
    sides.stop()
    for kind, (count, (step, difference)) in sorted(kinds.items()):
        print(f'--- {count} times: {kind}')
        print('   ', show(step))
        print(difference.text)
    print(f'{len(steps)} requests, {sum(k[0] for k in kinds.values())} answers differ')
    return 1 if kinds else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('program')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--steps', type=int, default=1000)
    parser.add_argument('--kind')
    parser.add_argument('--all', action='store_true')
    options = parser.parse_args()
    binary = os.environ.get('CONSUL_BIN') or shutil.which('consul')
    if not binary:
        print('skipped: no real Consul to compare with: set CONSUL_BIN or put consul into PATH '
              "(Debian's suite bullseye has it as the package consul)")
        return SKIPPED
    steps = draw(options.seed, options.steps)
    if options.all:
        return list_all(options, binary, steps)
    found = first_difference(options, binary, steps, options.kind)
    if not found:
        print(f'seed {options.seed}: {len(steps)} requests, all answers equal')
        return 0
    number, difference = found
    print(f'seed {options.seed}: answer {number + 1} of {len(steps)} differs; shrinking')
    report(*shrink(options, binary, steps[:number + 1], difference))
    return 1


if __name__ == '__main__':
    sys.exit(main())
