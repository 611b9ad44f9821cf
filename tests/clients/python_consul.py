"""python3-consul against the fake: services, health, keys, sessions, events, blocking queries.

usage: python_consul.py EVENKEEL"""
import sys
import threading
import time
import unittest

try:
    import consul
except ImportError:
    sys.exit('the module consul is missing: script/bootstrap installs python3-consul')

from fake import Fake

PROGRAM = sys.argv.pop(1)


class PythonConsul(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.fake = Fake(PROGRAM)
        cls.client = consul.Consul(host='127.0.0.1', port=cls.fake.port)

    @classmethod
    def tearDownClass(cls):
        cls.fake.stop()

    def register(self, name):
        agent = self.client.agent.service
        self.assertTrue(agent.register(name, service_id=f'{name}-1', address='127.0.0.1', port=1234,
                                       tags=['t'], check={'ttl': '10s'}))

    def set_status(self, check, status):
        """The client's own ttl_pass sends GET, which Consul refuses since 1.0."""
        self.client.http.put(lambda response: self.assertEqual(200, response.code),
                             f'/v1/agent/check/{status}/{check}')

    def test_agent_tells_who_it_is(self):
        config = self.client.agent.self()['Config']
        self.assertEqual('dc1', config['Datacenter'])
        self.assertTrue(config['Version'].startswith('1.10'))

    def test_get_of_a_check_update_is_refused(self):
        self.register('get')
        self.assertFalse(self.client.agent.check.ttl_pass('service:get-1', 'ok'))
        _, rows = self.client.health.service('get', passing=True)
        self.assertEqual([], rows)

    def test_service_is_critical_until_its_first_pass(self):
        self.register('py')
        _, rows = self.client.health.service('py', passing=True)
        self.assertEqual([], rows)
        self.set_status('service:py-1', 'pass')
        _, rows = self.client.health.service('py', passing=True)
        self.assertEqual(['py-1'], [row['Service']['ID'] for row in rows])
        self.assertEqual(1234, rows[0]['Service']['Port'])
        _, services = self.client.catalog.services()
        self.assertEqual(['t'], services['py'])
        _, rows = self.client.catalog.service('py')
        self.assertEqual('py-1', rows[0]['ServiceID'])
        _, nodes = self.client.catalog.nodes()
        self.assertEqual('n1', nodes[0]['Node'])
        self.assertEqual(['dc1'], self.client.catalog.datacenters())
        _, checks = self.client.health.state('any')
        self.assertIn('serfHealth', [check['CheckID'] for check in checks])

    def test_blocking_query_ends_after_its_wait(self):
        self.register('quiet')
        index, _ = self.client.health.service('quiet', tag='t')
        began = time.monotonic()
        again, _ = self.client.health.service('quiet', index=index, wait='1s', tag='t')
        self.assertEqual(index, again)
        self.assertGreaterEqual(time.monotonic() - began, 0.99)

    def test_blocking_query_wakes(self):
        self.register('woken')
        index, _ = self.client.health.service('woken')
        timer = threading.Timer(0.3, self.set_status, ['service:woken-1', 'pass'])
        timer.start()
        began = time.monotonic()
        again, rows = self.client.health.service('woken', index=index, wait='15s')
        timer.join()
        self.assertGreater(int(again), int(index))
        self.assertLess(time.monotonic() - began, 5)
        self.assertIn('passing', [check['Status'] for check in rows[0]['Checks']])

    def test_keys(self):
        kv = self.client.kv
        self.assertTrue(kv.put('py/a', '1', cas=0))
        self.assertFalse(kv.put('py/a', '2', cas=0))
        self.assertEqual(b'1', kv.get('py/a')[1]['Value'])
        self.assertIsNone(kv.get('py/none')[1])
        self.assertEqual(['py/a'], kv.get('py/', keys=True)[1])
        self.assertEqual(1, len(kv.get('py', recurse=True)[1]))
        self.assertTrue(kv.delete('py', recurse=True))
        self.assertIsNone(kv.get('py/a')[1])

    def test_sessions_lock_keys(self):
        session = self.client.session.create('x', lock_delay=1, behavior='delete', ttl=10)
        other = self.client.session.create('y', lock_delay=1, behavior='delete', ttl=10)
        kv = self.client.kv
        self.assertTrue(kv.put('lock', 'v', acquire=session))
        self.assertFalse(kv.put('lock', 'v', acquire=other))
        self.assertEqual(session, kv.get('lock')[1]['Session'])
        self.assertTrue(kv.put('lock', 'v', release=session))
        self.assertEqual(session, self.client.session.renew(session)['ID'])
        _, sessions = self.client.session.list()
        self.assertIn(session, [s['ID'] for s in sessions])
        self.assertTrue(self.client.session.destroy(session))
        self.assertTrue(self.client.session.destroy(other))

    def test_status_and_events(self):
        self.assertEqual('127.0.0.1:8300', self.client.status.leader())
        self.assertEqual(['127.0.0.1:8300'], self.client.status.peers())
        fired = self.client.event.fire('e', body='b')
        index, events = self.client.event.list(name='e')
        self.assertIn(fired['ID'], [event['ID'] for event in events])
        self.assertGreater(int(index), 1)


if __name__ == '__main__':
    unittest.main()
