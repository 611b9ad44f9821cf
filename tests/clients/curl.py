"""Long polls with curl, the command that everybody has.

usage: curl.py EVENKEEL"""
import re
import shutil
import subprocess
import sys
import time

from fake import Fake, http

CURL = shutil.which('curl')
if not CURL:
    sys.exit('curl is missing: script/bootstrap installs it')


def curl(*arguments):
    return subprocess.Popen([CURL, '-s', '-S', '-i', '--max-time', '30', *arguments],
                            stdout=subprocess.PIPE, text=True)


def finish(process):
    """Returns status, index, body."""
    text, _ = process.communicate()
    assert process.returncode == 0, process.returncode
    head, _, body = text.partition('\n\n')
    index = re.search(r'^X-Consul-Index: (\d+)', head, re.M)
    return int(head.split()[1]), int(index.group(1)) if index else 0, body


def main():
    fake = Fake(sys.argv[1])
    url = f'http://127.0.0.1:{fake.port}'
    service = '{"Name": "web", "Check": {"TTL": "10m", "Status": "passing"}}'

    status, _, _ = finish(curl('-X', 'PUT', '-d', service, f'{url}/v1/agent/service/register'))
    assert status == 200, status
    status, index, body = finish(curl('--compressed', f'{url}/v1/health/service/web?passing'))
    assert status == 200 and '"passing"' in body, body

    began = time.monotonic()
    poll = curl(f'{url}/v1/health/service/web?index={index}&wait=20s')
    time.sleep(0.4)
    assert poll.poll() is None, 'the long poll did not wait'
    http(fake.port, 'PUT', '/v1/agent/check/fail/service:web')
    status, woken, body = finish(poll)
    assert status == 200 and woken > index and '"critical"' in body, (woken, body)
    assert 0.4 <= time.monotonic() - began < 5, time.monotonic() - began
    print(f'woken, index {index} -> {woken}')

    began = time.monotonic()
    status, quiet, _ = finish(curl(f'{url}/v1/health/service/web?index={woken}&wait=700ms'))
    assert status == 200 and quiet == woken, quiet
    assert 0.7 <= time.monotonic() - began < 5, time.monotonic() - began
    print(f'a quiet poll ended with index {quiet}')

    began = time.monotonic()
    polls = [curl(f'{url}/v1/catalog/services?index=1000000&wait=10m') for _ in range(20)]
    time.sleep(0.5)
    fake.stop()
    for poll in polls:
        assert finish(poll)[0] == 200
    print(f'20 polls were answered when it stopped, after {time.monotonic() - began:.1f} s')


main()
