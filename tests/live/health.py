"""A gRPC server with grpc.health.v1.Health by hand. Prints its port; each line of its input is the
status it has from then on: a number, or "gone" for a service nobody knows.

usage: health.py"""
import sys
import threading
from concurrent import futures

try:
    import grpc
except ImportError:
    sys.exit('the module grpc is missing: script/bootstrap installs python3-grpcio')

news = threading.Condition()
status = 1


class Health(grpc.GenericRpcHandler):
    def service(self, details):
        if details.method == '/grpc.health.v1.Health/Check':
            return grpc.unary_unary_rpc_method_handler(self.check)
        if details.method == '/grpc.health.v1.Health/Watch':
            return grpc.unary_stream_rpc_method_handler(self.watch)
        return None

    def check(self, request, context):
        assert request == b'\x0a\x03web', request
        if status is None:
            context.abort(grpc.StatusCode.NOT_FOUND, 'unknown service')
        return bytes([8, status])

    def watch(self, request, context):
        said = None
        while context.is_active():
            with news:
                if status == said:
                    news.wait(0.2)
                    continue
                said = status
            yield bytes([8, 3 if said is None else said]) # SERVICE_UNKNOWN


server = grpc.server(futures.ThreadPoolExecutor(8), handlers=[Health()])
port = server.add_insecure_port('127.0.0.1:0')
server.start()
print(port, flush=True)
for line in sys.stdin:
    with news:
        status = None if line.strip() == 'gone' else int(line)
        news.notify_all()
server.stop(None)
