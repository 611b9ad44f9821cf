"""Programs as children of a test: evenkeel consul, and others that serve on a port."""
import ctypes
import json
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Fake:
    """evenkeel consul on a free loopback port."""

    def __init__(self, program, *options):
        self.process = subprocess.Popen(
            [program, 'consul', '--listen', '127.0.0.1:0', *options],
            stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        first = self.process.stderr.readline()
        found = re.search(r'http://127\.0\.0\.1:(\d+)', first)
        if not found:
            raise RuntimeError(f'evenkeel consul does not start: {first}')
        self.port = int(found.group(1))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(10)
        if code != 0:
            raise RuntimeError(f'evenkeel consul ended with {code}')


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(('127.0.0.1', 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def http(port, method, path, body=None, timeout=20):
    """Returns status, headers, body."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(f'http://127.0.0.1:{port}{path}', data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def wait_until(what, seconds, condition):
    """Returns the first true value of condition()."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f'not within {seconds} s: {what}')
        time.sleep(0.05)
