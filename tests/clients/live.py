"""evenkeel live: real calls to real servers that a registry lists; one of them dies.

usage: live.py EVENKEEL"""
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading

from fake import Fake, http as request

SECONDS, RATE = 4, 200


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(('127.0.0.1', 0), Answer)
        self.bodies = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *arguments): # a client that goes away is no news
        pass


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.server.bodies.append(body)
        self.send_response(200)
        self.send_header('Content-Length', '2')
        self.end_headers()
        self.wfile.write(b'{}')

    def log_message(self, *arguments):
        pass


def register(fake, server):
    port = server.server_address[1]
    status, _, text = request(fake.port, 'PUT', '/v1/agent/service/register',
                              {'ID': f'web-{port}', 'Name': 'web', 'Address': '127.0.0.1', 'Port': port})
    assert status == 200, text


def evenkeel(program, *words, code=0):
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, (words, done.returncode, done.stderr)
    return done


def main():
    program = os.path.abspath(sys.argv[1])
    fake = Fake(program)
    servers = [Server() for _ in range(3)]
    for server in servers:
        register(fake, server)
    ports = [server.server_address[1] for server in servers]
    gone = f'/v1/agent/service/deregister/web-{ports[0]}'
    threading.Timer(SECONDS / 2, lambda: request(fake.port, 'PUT', gone)).start()

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'live.db')
        done = evenkeel(program, 'live', '--consul', f'http://127.0.0.1:{fake.port}', '--service', 'web', '--rate',
                        f'{RATE}/s', '--for', f'{SECONDS}s', '--clients', '2', '--body', '{"id": 7}', '--json', '-o', path)
        results = json.loads(done.stdout)
        print(json.dumps(results)[:400])
        counts = [len(server.bodies) for server in servers]
        print('calls', counts)
        # Planned at k / rate for k = 0 .. rate x time - 1, each made once. None is lost when an endpoint is
        # deregistered: what is under way there may finish.
        assert sum(counts) == RATE * SECONDS, counts
        assert set(body for server in servers for body in server.bodies) == {b'{"id": 7}'}
        # Round robin over three for half the time, then over two: 1/6, 5/12, 5/12. What the first second's
        # connecting and a late deregistration move is far less than a twentieth.
        for count, share in zip(counts, (1 / 6, 5 / 12, 5 / 12)):
            assert abs(count / (RATE * SECONDS) - share) < 0.05, counts
        # The recording is one like any other.
        events = evenkeel(program, 'events', path).stdout
        assert f'client c1 removes 127.0.0.1:{ports[0]}' in events, events[-2000:]
        assert 'client c2 has an answer of the registry: status 200' in events
        assert f'127.0.0.1:{ports[1]}' in evenkeel(program, 'graph', 'topology', path, '-T', 'dot').stdout
        evenkeel(program, 'report', path, '-o', os.path.join(folder, 'live.html'))
        assert 'a live run, which cannot be repeated' in evenkeel(program, 'explain', path, 'worst').stderr

        none = ('live', '--address', '127.0.0.1:1', '--for', '200ms', '-o')
        evenkeel(program, *none, os.path.join(folder, 'none.db'), code=1) # nobody listens there
        evenkeel(program, *none, os.path.join(path, 'none.db'), code=3) # the folder is a file
    evenkeel(program, 'live', '--address', 'nope', '--for', '1s', code=2)
    print('ok')
    fake.stop()


main()
