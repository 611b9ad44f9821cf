"""VictoriaMetrics discovers targets in the fake with consul_sd_configs and follows changes.

usage: victoria_metrics.py EVENKEEL"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from fake import Fake, die_with_parent, free_ports, http, wait_until

BINARY = shutil.which('victoria-metrics')
if not BINARY:
    sys.exit('victoria-metrics is missing: script/bootstrap installs it')

SCRAPE = '''scrape_configs:
- job_name: all
  consul_sd_configs: [{server: '127.0.0.1:PORT'}]
- job_name: tagged
  consul_sd_configs: [{server: '127.0.0.1:PORT', services: [web], tags: [v1], allow_stale: false}]
'''


def register(port, number, tag):
    body = {'ID': f'web-{number}', 'Name': 'web', 'Address': '127.0.0.1', 'Port': 7000 + number,
            'Tags': [tag]}
    status, _, text = http(port, 'PUT', '/v1/agent/service/register', body)
    assert status == 200, text


def targets(port):
    """{job: sorted ports of the service web}"""
    status, _, text = http(port, 'GET', '/api/v1/targets')
    assert status == 200, text
    found = {'all': [], 'tagged': []}
    for target in json.loads(text)['data']['activeTargets']:
        labels = target['discoveredLabels']
        if labels['__meta_consul_service'] == 'web':
            found[labels['job']].append(int(labels['__meta_consul_service_port']))
    return {job: sorted(ports) for job, ports in found.items()}


def expect(port, wanted):
    seen = []

    def holds():
        seen[:] = [targets(port)]
        return seen[0] == wanted

    try:
        wait_until('the targets', 15, holds)
    except AssertionError:
        raise AssertionError(f'targets {seen[0]}, wanted {wanted}') from None
    print('ok', wanted)


def main():
    folder = tempfile.mkdtemp(prefix='ek-vm-')
    fake = Fake(sys.argv[1])
    port, = free_ports(1)
    log = open(os.path.join(folder, 'log'), 'w+')
    with open(os.path.join(folder, 'scrape.yml'), 'w') as file:
        file.write(SCRAPE.replace('PORT', str(fake.port)))
    register(fake.port, 1, 'v1')
    register(fake.port, 2, 'v2')
    process = subprocess.Popen(
        [BINARY, f'-promscrape.config={folder}/scrape.yml', f'-storageDataPath={folder}/data',
         f'-httpListenAddr=127.0.0.1:{port}', '-promscrape.consulSDCheckInterval=1s',
         '-memory.allowedPercent=5'],
        stdout=log, stderr=log, preexec_fn=die_with_parent)
    try:
        def is_up():
            try:
                return http(port, 'GET', '/health')[0] == 200
            except OSError:
                return False
        wait_until('VictoriaMetrics serves', 15, is_up)
        expect(port, {'all': [7001, 7002], 'tagged': [7001]})
        register(fake.port, 3, 'v1')
        expect(port, {'all': [7001, 7002, 7003], 'tagged': [7001, 7003]})
        http(fake.port, 'PUT', '/v1/agent/service/deregister/web-1')
        expect(port, {'all': [7002, 7003], 'tagged': [7003]})
        log.seek(0)
        errors = [line for line in log if 'consul' in line and '\terror\t' in line]
        assert not errors, errors
    except BaseException:
        log.seek(0)
        sys.stdout.write(log.read()[-4000:])
        raise
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)
    fake.stop()


main()
