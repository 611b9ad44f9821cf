"""HTTP, TCP and gRPC checks of registered services look at real servers.

usage: checks.py EVENKEEL"""
import http.server
import socket
import sys
import threading
from concurrent import futures

try:
    import grpc
except ImportError:
    sys.exit('the module grpc is missing: script/bootstrap installs python3-grpcio')

import json

from fake import Fake, free_ports, http as request, wait_until

FAST = 20  # machine seconds in a real one: checks have an interval of at least a second


class Target(http.server.BaseHTTPRequestHandler):
    status = 200
    seen = []

    def do_GET(self):
        Target.seen.append((self.command, self.path, dict(self.headers)))
        self.send_response(Target.status)
        self.end_headers()
        self.wfile.write(b'hello')

    do_PUT = do_GET

    def log_message(self, *arguments):
        pass


class Health(grpc.GenericRpcHandler):
    """grpc.health.v1 by hand: field 1 of the request is the name, of the answer the status."""
    statuses = {b'': 1, b'good': 1, b'bad': 2}

    def service(self, details):
        if details.method != '/grpc.health.v1.Health/Check':
            return None
        return grpc.unary_unary_rpc_method_handler(self.check)

    def check(self, request, context):
        name = request[2:]
        if name not in self.statuses:
            context.abort(grpc.StatusCode.NOT_FOUND, 'unknown service')
        return bytes([8, self.statuses[name]])


def register(fake, name, **check):
    body = {'Name': name, 'Check': dict({'CheckID': name, 'Interval': '1s', 'Timeout': '20s'}, **check)}
    status, _, text = request(fake.port, 'PUT', '/v1/agent/service/register', body)
    assert status == 200, text


def check(fake, name):
    _, _, text = request(fake.port, 'GET', '/v1/agent/checks')
    row = json.loads(text)[name]
    return row['Status'], row['Output']


def expect(fake, name, status, output):
    seen = []

    def holds():
        seen[:] = check(fake, name)
        return seen[0] == status and output in seen[1]

    try:
        wait_until(name, 10, holds)
    except AssertionError:
        raise AssertionError(f'{name}: {seen}, wanted {status} with {output}') from None
    print('ok', name, status, seen[1])


def main():
    fake = Fake(sys.argv[1], '--speed', str(FAST))
    target = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Target)
    threading.Thread(target=target.serve_forever, daemon=True).start()
    port = target.server_address[1]
    server = grpc.server(futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((Health(),))
    grpc_port = server.add_insecure_port('127.0.0.1:0')
    server.start()
    listening = socket.create_server(('127.0.0.1', 0))
    nobody, = free_ports(1)
    tcp = f'127.0.0.1:{listening.getsockname()[1]}'
    rpc = f'127.0.0.1:{grpc_port}'

    url = f'http://127.0.0.1:{port}/x'
    register(fake, 'h', HTTP=url, Method='PUT', Header={'X-Test': ['a', 'b']}, Body='text')
    register(fake, 'dead', HTTP=f'http://127.0.0.1:{nobody}/')
    register(fake, 't', TCP=tcp)
    register(fake, 'td', TCP=f'127.0.0.1:{nobody}')
    register(fake, 'g', GRPC=rpc)
    register(fake, 'gg', GRPC=f'{rpc}/good')
    register(fake, 'gb', GRPC=f'{rpc}/bad')
    register(fake, 'gn', GRPC=f'{rpc}/none')
    register(fake, 'gd', GRPC=f'127.0.0.1:{nobody}')
    register(fake, 'slow', HTTP=f'http://{tcp}/', Timeout='2s')  # accepts, never answers

    expect(fake, 'h', 'passing', f'HTTP PUT {url}: 200 OK Output: hello')
    expect(fake, 'dead', 'critical', f'dial tcp 127.0.0.1:{nobody}: connect: connection refused')
    expect(fake, 't', 'passing', f'TCP connect {tcp}: Success')
    expect(fake, 'td', 'critical', f'dial tcp 127.0.0.1:{nobody}: connect: connection refused')
    expect(fake, 'g', 'passing', f'gRPC check {rpc}: success')
    expect(fake, 'gg', 'passing', f'gRPC check {rpc}/good: success')
    expect(fake, 'gb', 'critical', 'gRPC bad serving status: NOT_SERVING')
    expect(fake, 'gn', 'critical', 'rpc error: code = NotFound desc = unknown service')
    expect(fake, 'gd', 'critical', 'code = Unavailable')
    expect(fake, 'slow', 'critical', 'context deadline exceeded')

    method, path, headers = Target.seen[-1]
    assert (method, path) == ('PUT', '/x'), Target.seen[-1]
    assert headers['User-Agent'] == 'Consul Health Check', headers
    assert headers['Accept'] == 'text/plain, text/*, */*', headers
    assert 'X-Test' in headers, headers

    for status, wanted in ((429, 'warning'), (500, 'critical'), (200, 'passing')):
        Target.status = status
        expect(fake, 'h', wanted, f': {status} ')
    Health.statuses[b'bad'] = 1
    expect(fake, 'gb', 'passing', 'success')
    listening.close()
    expect(fake, 't', 'critical', 'connection refused')
    server.stop(None)
    expect(fake, 'g', 'critical', 'code = Unavailable')
    fake.stop()


main()
