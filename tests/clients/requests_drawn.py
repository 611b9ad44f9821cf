"""Random but reproducible requests to a Consul, good ones and bad ones."""
import json
import random
from urllib.parse import quote

SERVICES = ('web', 'api', 'Db')
IDS = ('web-1', 'web-2', 'api-1', 'db 1', 'a/b')
NODES = ('ext1', 'ext2')
KEYS = ('a', 'a/b', 'a/b/c', 'a%2Fb%2Fd', 'd/', 'd/e/f', 'd/e/g', 'e%20f', 'e+f', '%C3%BC', 'b%3Fc', 'x%25y')
TAGS = ('t1', 'T2', 'blue')
STATUSES = ('passing', 'warning', 'critical')


class Draw:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.sessions = self.queries = 0

    def one(self, values):
        return self.random.choice(values)

    def maybe(self, share):
        return self.random.random() < share

    def some(self, values):
        return [value for value in values if self.maybe(0.4)]

    # ---- what agents are told ----

    def ttl_check(self):
        check = {'TTL': '1h'}
        if self.maybe(0.6):
            check['Status'] = self.one(STATUSES)
        if self.maybe(0.3):
            check['Notes'] = 'n'
        if self.maybe(0.2):
            check['Name'] = 'named'
        return check

    def service(self):
        name = self.one(SERVICES)
        body = {'Name': name}
        if self.maybe(0.8):
            body['ID'] = self.one(IDS)
        if self.maybe(0.7):
            body['Port'] = self.one((80, 8080, 0))
        if self.maybe(0.4):
            body['Tags'] = self.some(TAGS)
        if self.maybe(0.4):
            body['Address'] = self.one(('10.1.0.1', 'name.example'))
        if self.maybe(0.3):
            body['Meta'] = {'version': self.one(('1', '2'))}
        if self.maybe(0.3):
            body['Weights'] = {'Passing': self.one((1, 5)), 'Warning': self.one((1, 2))}
        if self.maybe(0.1):
            body['EnableTagOverride'] = True
        if self.maybe(0.15):
            body['TaggedAddresses'] = {self.one(('lan', 'wan', 'v6')): {'Address': self.one(('10.9.0.1', '::1')),
                                                                       'Port': self.one((0, 1234))}}
        if self.maybe(0.1):
            body['Tags'] = self.one(([], None))
        if self.maybe(0.1):
            body['Meta'] = self.one(({}, None))
        if self.maybe(0.5):
            body['Check'] = self.ttl_check()
        elif self.maybe(0.2):
            body['Checks'] = [self.ttl_check(), self.ttl_check()]
        return body

    def agent_register(self):
        return 'PUT', '/v1/agent/service/register', self.service()

    def agent_register_badly(self):
        return 'PUT', '/v1/agent/service/register', self.one((
            {}, {'Name': ''}, {'ID': 'x'}, {'Name': 'web', 'Port': 'many'}, {'Name': 'web', 'Bogus': 1},
            {'Name': 'web', 'Check': {}}, {'Name': 'web', 'Check': {'TTL': 'soon'}},
            {'Name': 'web', 'Check': {'TTL': '1s', 'HTTP': 'http://127.0.0.1:1/'}},
            {'Name': 'web', 'Check': {'HTTP': 'http://127.0.0.1:1/'}},
            {'Name': 'web', 'Check': {'TTL': '1h', 'Status': 'fine'}},
            {'Name': 'web', 'Weights': {'Passing': -1, 'Warning': 1}},
            {'Name': 'web', 'Weights': {'Passing': 70000, 'Warning': 1}},
            {'Name': 'web', 'Meta': {'a b': 'c'}}, {'Name': 'web', 'Tags': 'no list'},
            {'Name': 'web', 'Tags': [5]}, {'Name': 'web', 'Meta': {'a': 5}}, {'Name': 'web', 'Check': 5},
            {'Name': 'web', 'Check': {'Name': 5}}, {'Name': 'web', 'Checks': {}}, {'Name': 'web', 'Checks': [5]},
            {'Name': 'web', 'Checks': [{}]}, {'Name': 'web', 'Check': {'ID': 'x', 'TTL': '1h'}},
            {'Name': 'web', 'Weights': {'Passing': 'x'}}, {'Name': 'web', 'Port': 1.5},
            {'Name': 'web', 'TaggedAddresses': {'lan': 5}}, {'Name': 'web', 'TaggedAddresses': {'lan': {'Port': 'x'}}},
            {'Name': 'web', 'Checks': [{'Status': 5, 'TTL': '1h'}]}, {'Name': 5}, {'Name': 'web', 'Namespace': 'x'},
            {'name': 'web', 'id': 'web-2', 'tags': ['t1'], 'enable_tag_override': True},
            {'Name': 'web', 'Meta': {'consul-x': 'y'}}, {'Name': 'web', 'Meta': {'': 'y'}},
            {'Name': 'web', 'Weights': {'Passing': 3}}, {'Name': 'web', 'Address': '::'},
            {'Name': 'web', 'Kind': 'nonsense'}, {'Name': 'web', 'Address': '0.0.0.0'},
            [], 'text', 5, None))

    def agent_deregister(self):
        return 'PUT', f"/v1/agent/service/deregister/{self.one(IDS).replace(' ', '%20')}", None

    def agent_check_register(self):
        body = {'Name': self.one(('mem', 'disk'))}
        body.update(self.one(({'TTL': '1h'}, {'TTL': '1h'}, {'TTL': '2h', 'Notes': 'x'}, {'TTL': 3600000000000},
                              {'HTTP': 'http://127.0.0.1:1/', 'Interval': '100h', 'Method': 'POST'},
                              {'TCP': '127.0.0.1:1', 'Interval': '100h', 'Timeout': '1s'},
                              {'GRPC': '127.0.0.1:1/x', 'Interval': '100h'}, {'Args': ['true'], 'Interval': '1h'},
                              {'TTL': '1h', 'ID': 'mem-id'}, {'TTL': '1h', 'CheckID': 'disk-id'}, {'Interval': '5s'},
                              {'TTL': '-1s'}, {'TTL': '1h', 'Bogus': True})))
        if self.maybe(0.4):
            body['ServiceID'] = self.one(IDS)
        if self.maybe(0.4):
            body['Status'] = self.one(STATUSES)
        return 'PUT', '/v1/agent/check/register', body

    def check_id(self):
        return self.one(('mem', 'disk', 'mem-id', 'disk-id', 'nope') + tuple(f'service:{i}' for i in IDS)) \
            .replace(' ', '%20').replace('a/b', self.one(('a/b', 'a%2Fb'))).replace(':', self.one((':', '%3A')))

    def agent_check_deregister(self):
        return 'PUT', f'/v1/agent/check/deregister/{self.check_id()}', None

    def agent_check_set(self):
        note = self.one(('', '?note=hello%20you', '?note='))
        return 'PUT', f"/v1/agent/check/{self.one(('pass', 'warn', 'fail'))}/{self.check_id()}{note}", None

    def agent_check_update(self):
        body = {'Status': self.one(STATUSES + ('nonsense',)), 'Output': self.one(('', 'text', 'long ' * 1000))}
        if self.maybe(0.1):
            body = self.one((5, [], {}, None, {'Status': 5}, {'status': 'passing'}, {'Status': 'passing', 'X': 1}))
        return 'PUT', f'/v1/agent/check/update/{self.check_id()}', body

    def maintenance(self):
        on = self.one(('true', 'false', 'false', 'perhaps', ''))
        return 'PUT', self.one((
            f"/v1/agent/service/maintenance/{self.one(IDS).replace(' ', '%20')}?enable={on}",
            f'/v1/agent/maintenance?enable={on}&reason=r')), None

    # ---- the catalog ----

    def catalog_register(self):
        body = {'Node': self.one(NODES), 'Address': self.one(('10.2.0.1', '10.2.0.2'))}
        if self.maybe(0.3):
            body['NodeMeta'] = {'rack': self.one(('r1', 'r2'))}
        if self.maybe(0.1):
            body['TaggedAddresses'] = {'lan': '10.2.0.9'}
        if self.maybe(0.1):
            body['SkipNodeUpdate'] = True
        if self.maybe(0.1):
            body['Datacenter'] = self.one(('dc1', 'dc1', 'moon'))
        if self.maybe(0.6):
            body['Service'] = {'Service': self.one(SERVICES), 'Port': 99}
            if self.maybe(0.2):
                body['Service']['Weights'] = {'Passing': 3, 'Warning': self.one((0, 1))}
            if self.maybe(0.2):
                body['Service']['Meta'] = {'version': self.one(('1', '2'))}
            if self.maybe(0.1):
                body['Service']['TaggedAddresses'] = {'wan': {'Address': '1.1.1.1', 'Port': 5}}
            if self.maybe(0.7):
                body['Service']['ID'] = self.one(IDS)
            if self.maybe(0.3):
                body['Service']['Tags'] = self.some(TAGS)
        if self.maybe(0.5):
            body['Check'] = {'CheckID': self.one(('c1', 'c2')), 'Name': 'c', 'Status': self.one(STATUSES)}
            if 'Service' in body and 'ID' in body['Service']:
                body['Check']['ServiceID'] = body['Service']['ID']
        elif self.maybe(0.3):
            body['Checks'] = [{'Name': 'c3', 'Status': 'passing', 'Output': 'o', 'ServiceName': 'web'},
                              {'CheckID': 'c4', 'Name': 'd', 'Definition': {'HTTP': 'http://x/', 'Interval': '5s',
                                                                           'TLSSkipVerify': True}}]
        return 'PUT', '/v1/catalog/register', body

    def catalog_register_badly(self):
        return 'PUT', '/v1/catalog/register', self.one((
            {}, {'Node': 'x'}, {'Address': '1.2.3.4'}, {'Node': 'x', 'Address': 'y', 'Bogus': 1},
            {'Node': 'x', 'Address': 'y', 'Service': {}}, {'Node': 'x', 'Address': 'y', 'Datacenter': 'z'},
            {'Node': 'x', 'Address': 'y', 'Service': {'ID': 'a'}}, {'Node': 'x', 'Address': 'y', 'Check': {}},
            {'Node': 'x', 'Address': 'y', 'Service': {'Port': 'x'}}, {'Node': 'x', 'Address': 'y', 'Checks': {}},
            {'Node': 'x', 'Address': 'y', 'Service': {'Service': 'a', 'Address': '0.0.0.0'}},
            {'Node': 'x', 'Address': 'y', 'Check': {'Name': 'c', 'ServiceID': 'none'}}, {'Node': 5}, 5,
            {'Node': 'x', 'Address': 'y', 'Datacenter': 5}, {'Node': 'x', 'Address': 'y', 'NodeMeta': {'a': 5}},
            {'Node': 'x', 'Address': 'y', 'ID': 'no-uuid'}, [], None))

    def catalog_deregister(self):
        body = {'Node': self.one(NODES)}
        if self.maybe(0.4):
            body['ServiceID'] = self.one(IDS)
        elif self.maybe(0.5):
            body['CheckID'] = self.one(('c1', 'c2', 'c3', 'c4'))
        if self.maybe(0.05):
            body['Datacenter'] = 'moon'
        return 'PUT', '/v1/catalog/deregister', body

    # ---- reads ----

    def options(self, extra=()):
        parts = [value for value in ('stale', 'consistent', 'pretty', 'near=n1', 'near=_agent',
                                     'node-meta=rack:r1', 'dc=dc1') + tuple(extra) if self.maybe(0.12)]
        if self.maybe(0.05):
            parts.append(self.one(('index=x', 'wait=10', 'dc=moon', 'index=-1', 'max_stale=zz', '%zz',
                                   'filter=bad%20%3D', 'stale&consistent', 'ns=x', 'index=0&wait=1s')))
        return '?' + '&'.join(parts) if parts else ''

    def health_service(self):
        extra = ('passing', 'passing=1', 'passing=false', 'passing=maybe', f'tag={self.one(TAGS)}',
                 'tag=t1&tag=T2', f'filter={self.one(FILTERS)}', 'cached')
        return 'GET', f'/v1/health/service/{self.one(SERVICES + ("none", "WEB", ""))}{self.options(extra)}', None

    def filter_of(self, fields):
        """A random expression over (name, kind, values)."""
        name, kind, values = self.one(fields)
        value = self.one(values)
        quoted = self.one((f'"{value}"', f'"{value}"', f'`{value}`', value))
        match = {
            'string': (f'{name} == {quoted}', f'{name} != {quoted}', f'{name} is empty', f'{name} is not empty',
                       f'{name} contains {quoted}', f'{quoted} in {name}', f'{name} matches "^{value[:1]}.*"',
                       f'{name} not matches "{value[:2]}"', f'{quoted} not in {name}'),
            'number': (f'{name} == {value}', f'{name} != "{value}"', f'{name} is empty', f'{name} == "x"'),
            'list': (f'{quoted} in {name}', f'{quoted} not in {name}', f'{name} is empty', f'{name} contains {quoted}',
                     f'{name} == {quoted}'),
            'map': (f'{value} in {name}', f'{name}.{value} == "1"', f'{name}.{value} != "1"', f'{name} is not empty',
                    f'{name}["{value}"] matches "."', f'{name}.{value} is empty'),
        }[kind]
        text = self.one(match)
        if self.maybe(0.1):
            text = f'not {text}' if self.maybe(0.5) else f'not ({text})'
        if self.maybe(0.3):
            text = f"({text}) {self.one(('and', 'or'))} {self.filter_of(fields)}" if self.maybe(0.5) else \
                f"{text} {self.one(('and', 'or'))} {self.filter_of(fields)}"
        if self.maybe(0.03):
            text = text[:self.random.randrange(len(text) + 1)]
        return text

    def filtered(self):
        path, fields = self.one((
            (f'/v1/health/service/{self.one(SERVICES)}', HEALTH_FIELDS),
            (f'/v1/catalog/service/{self.one(SERVICES)}', ROW_FIELDS), ('/v1/catalog/nodes', NODE_FIELDS),
            (f"/v1/catalog/node/{self.one(('n1',) + NODES)}", SERVICE_FIELDS),
            (f"/v1/catalog/node-services/{self.one(('n1',) + NODES)}", SERVICE_FIELDS),
            (f'/v1/health/checks/{self.one(SERVICES)}', CHECK_FIELDS), ('/v1/health/state/any', CHECK_FIELDS),
            (f"/v1/health/node/{self.one(('n1',) + NODES)}", CHECK_FIELDS),
            ('/v1/agent/services', AGENT_SERVICE_FIELDS), ('/v1/agent/checks', CHECK_FIELDS)))
        return 'GET', f'{path}?filter={quote(self.filter_of(fields), safe="")}', None

    def blocking(self):
        """A read, then the same with its index: it has to wait, unless the index is behind."""
        path = self.one((
            f'/v1/health/service/{self.one(SERVICES + ("none",))}', f'/v1/catalog/service/{self.one(SERVICES)}',
            '/v1/catalog/services', '/v1/catalog/nodes', f'/v1/catalog/node/{self.one(NODES)}',
            f'/v1/health/checks/{self.one(SERVICES)}', '/v1/health/state/any', f'/v1/health/node/{self.one(NODES)}',
            f'/v1/kv/{self.one(KEYS)}', f'/v1/kv/{self.one(KEYS)}?recurse', '/v1/session/list',
            '/v1/session/node/n1', '/v1/query'))
        self.blocked = path
        return 'GET', path, None, ('index', 'X-Consul-Index')

    def block(self):
        mark = '&' if '?' in self.blocked else '?'
        return 'GET', f"{self.blocked}{mark}index={{index}}&wait={self.one(('20ms', '30ms'))}", None

    def waking(self):
        """A change while somebody waits."""
        mark = '&' if '?' in self.blocked else '?'
        change = getattr(self, self.one(('agent_register', 'agent_deregister', 'agent_check_set', 'catalog_register',
                                         'catalog_deregister', 'kv_put', 'kv_delete', 'session_create', 'maintenance')))()
        return change[:3] + (change[3] if len(change) > 3 else None, f'{self.blocked}{mark}index={{index}}&wait=300ms')

    def acl(self):
        id = '2b6457f8-27b8-0859-8d40-d2e70d251654'
        return self.one((('GET', '/v1/acl/list', None), ('GET', '/v1/acl/tokens', None), ('GET', '/v1/acl/policies', None),
                         ('GET', f'/v1/acl/token/{id}', None), ('GET', '/v1/acl/token/self', None),
                         ('PUT', '/v1/acl/bootstrap', None), ('PUT', '/v1/acl/token', {}), ('PUT', '/v1/acl/policy', {}),
                         ('GET', f'/v1/acl/policy/{id}', None), ('DELETE', f'/v1/acl/token/{id}', None),
                         ('DELETE', f'/v1/acl/policy/{id}', None), ('GET', '/v1/acl/policy/name/x', None),
                         ('GET', '/v1/kv/a?token=unknown', None), ('GET', '/v1/catalog/nodes?token=unknown', None)))

    def read(self):
        path = self.one((
            '/v1/health/node/n1', f'/v1/health/node/{self.one(NODES)}',
            f'/v1/health/checks/{self.one(SERVICES)}', f"/v1/health/state/{self.one(STATUSES + ('any', 'odd'))}",
            '/v1/catalog/services', '/v1/catalog/nodes', '/v1/catalog/node/n1',
            f'/v1/catalog/node/{self.one(NODES + ("none",))}', f'/v1/catalog/node-services/{self.one(NODES)}',
            f'/v1/catalog/service/{self.one(SERVICES + ("none",))}', '/v1/catalog/datacenters',
            f'/v1/catalog/connect/{self.one(SERVICES)}', f'/v1/health/connect/{self.one(SERVICES)}'))
        return 'GET', path + self.options((f'tag={self.one(TAGS)}',)), None

    def agent_read(self):
        id = self.one(IDS).replace(' ', '%20')
        return 'GET', self.one((
            '/v1/agent/services', '/v1/agent/checks', f'/v1/agent/service/{id}',
            f'/v1/agent/health/service/id/{id}', f'/v1/agent/health/service/name/{self.one(SERVICES)}',
            f'/v1/agent/health/service/name/{self.one(SERVICES)}?format=text',
            '/v1/status/leader', '/v1/status/peers',
            f'/v1/agent/services?filter=Service%20%3D%3D%20%22{self.one(SERVICES)}%22')), None

    def odd(self):
        return self.one((
            ('GET', '/v1/nonsense', None), ('GET', '/v1/agent/nonsense', None), ('GET', '/v1//catalog/nodes', None),
            ('POST', '/v1/agent/service/register', {'Name': 'x'}), ('DELETE', '/v1/catalog/nodes', None),
            ('PUT', '/v1/health/service/web', None), ('HEAD', '/v1/status/leader', None),
            ('OPTIONS', '/v1/kv/a', None), ('GET', '/v1/kv/', None), ('PATCH', '/v1/kv/a', None),
            ('GET', '/v1/health/service/a%00b', None), ('GET', '/v1/health/service/web/', None),
            ('GET', '/v1/catalog/../catalog/nodes', None), ('GET', '/v1/health/state/', None),
            ('GET', '/v1/health/checks/', None), ('GET', '/v1/catalog/service/', None),
            ('GET', '/v1/catalog/node/', None), ('PUT', '/v1/session/destroy/', None),
            ('PUT', '/v1/agent/check/pass/', None), ('GET', '/v1/session/info/nope', None),
            ('PUT', '/v1/session/renew/nope', None), ('PUT', '/v1/session/destroy/nope', None)))

    # ---- keys, sessions and the rest ----

    def kv_put(self):
        key, query = self.one(KEYS), []
        if self.maybe(0.3):
            query.append(f"flags={self.one(('1', '42', 'x', '18446744073709551615'))}")
        if self.maybe(0.3):
            query.append(f"cas={self.one(('0', '1', '{kv}', 'x'))}")
        if self.maybe(0.3):
            query.append(f"{self.one(('acquire', 'release'))}={self.session()}")
        return 'PUT', f"/v1/kv/{key}{'?' + '&'.join(query) if query else ''}", self.one(('', 'v', 'w' * 40))

    def session(self):
        if self.sessions == 0 or self.maybe(0.1):
            return self.one(('nope', '00000000-0000-0000-0000-000000000000', 'z' * 36))
        return '{session%d}' % self.random.randrange(self.sessions)

    def kv_get(self):
        query = [q for q in ('recurse', 'keys', 'raw', 'separator=/', 'stale', 'keys&separator=/') if self.maybe(0.2)]
        return 'GET', f"/v1/kv/{self.one(KEYS + ('none', 'none/', ''))}{'?' + '&'.join(query) if query else ''}", None

    def kv_save(self):
        return 'GET', f'/v1/kv/{self.one(KEYS)}', None, ('kv', '0.ModifyIndex')

    def kv_delete(self):
        query = self.one(('', '', '?recurse', '?cas=1', '?cas={kv}', '?cas=x', '?recurse&cas=1'))
        return 'DELETE', f'/v1/kv/{self.one(KEYS)}{query}', None

    def session_create(self):
        body = self.one((None, {'Name': 's'}, {'Name': 'z', 'TTL': '1h', 'LockDelay': '0s'},
                         {'Behavior': 'delete', 'LockDelay': '0s'}, {'LockDelay': 0}, {'TTL': '1s'},
                         {'Behavior': 'odd'}, {'Checks': ['nope']}, {'Node': 'none'}, {'Bogus': 1},
                         {'NodeChecks': ['serfHealth']}, {'TTL': 'soon'}, {'TTL': '10s', 'LockDelay': '0s'},
                         {'TTL': '24h', 'LockDelay': 5}, {'Checks': ['mem']}, {'Checks': ['serfHealth', 'disk']},
                         {'Checks': []}, {'NodeChecks': []}, {'NodeChecks': ['mem'], 'LockDelay': '1ms'}, {'Checks': 5},
                         {'Node': 'ext1', 'Checks': []}, {'ServiceChecks': [{'ID': 'service:web-1'}]}, {'LockDelay': {}},
                         {'Node': 'ext1', 'NodeChecks': ['c1']}, {'ServiceChecks': 5}, {'Behavior': 5}, 5, []))
        self.sessions += 1
        return 'PUT', '/v1/session/create', body, (f'session{self.sessions - 1}', 'ID')

    def session_use(self):
        verb = self.one(('info', 'info', 'renew', 'destroy'))
        return 'GET' if verb == 'info' else 'PUT', f'/v1/session/{verb}/{self.session()}', None

    def session_list(self):
        return 'GET', self.one(('/v1/session/list', '/v1/session/node/n1', '/v1/session/node/none')), None

    def event(self):
        options = self.one(('', '', '?node=n1&service=web&tag=t1', '?service=w.%2A', '?node=%5B'))
        return self.one((('PUT', f"/v1/event/fire/{self.one(('e', 'f', 'g%20h'))}{options}", self.one(('', 'payload'))),
                         ('PUT', '/v1/event/fire/', None),
                         ('GET', '/v1/event/list', None), ('GET', '/v1/event/list?name=e', None)))

    def txn(self):
        verbs = [{'KV': {'Verb': self.one(('set', 'get', 'delete', 'get-tree', 'delete-tree', 'cas', 'check-index',
                                           'check-not-exists', 'odd')),
                         'Key': self.one(KEYS[:3]), 'Value': 'dg==', 'Index': self.one((0, 1))}}
                 for _ in range(self.random.randrange(1, 4))]
        if self.maybe(0.4):
            verbs.insert(self.random.randrange(len(verbs) + 1), self.catalog_op())
        if self.maybe(0.15):
            verbs.insert(0, {'KV': {'Verb': self.one(('lock', 'unlock', 'check-session')), 'Key': self.one(KEYS[:3]),
                                    'Value': '', 'Session': self.session()}})
        return 'PUT', '/v1/txn' + self.one(('', '', '', '?stale', '?stale&consistent', '?dc=moon')), self.one(
            (verbs, verbs, verbs, verbs, verbs, verbs, [], {}, None, [{}], 5, [5], [{'KV': 5}], [{'Bogus': 1}],
             [{'KV': {'Verb': 5}}], [{'KV': {'Verb': 'set', 'Key': 'a', 'Value': '!'}}], [{'KV': {'Verb': 'get'}}],
             [{'Service': {'Verb': 'get', 'Node': 5}}], [{'Node': {'Verb': 'get', 'Node': 5}}]))

    def catalog_op(self):
        node, index = self.one(NODES + ('tn', 'n1')), self.one((0, 1))
        return self.one((
            {'Node': {'Verb': self.one(('get', 'get', 'odd')), 'Node': {'Node': node}}},
            {'Node': {'Verb': self.one(('set', 'cas', 'delete', 'delete-cas')),
                      'Node': {'Node': self.one(('ext2', 'tn', '')), 'Address': '10.3.0.1', 'Meta': {'rack': 'r2'},
                               'ModifyIndex': index}}},
            {'Service': {'Verb': self.one(('get', 'set', 'cas', 'delete', 'delete-cas', 'odd')),
                         'Node': self.one(NODES + ('tn',)),
                         'Service': {'ID': self.one(IDS + ('',)), 'Service': self.one(SERVICES + ('',)), 'Port': 7,
                                     'ModifyIndex': index}}},
            {'Check': {'Verb': self.one(('get', 'set', 'cas', 'delete', 'delete-cas', 'odd')),
                       'Check': {'Node': self.one(NODES + ('tn',)), 'CheckID': self.one(('c1', 'c5', '')),
                                 'Name': self.one(('c', '')), 'Status': self.one(STATUSES),
                                 'ServiceID': self.one(('',) + IDS), 'ModifyIndex': index}}}))

    def query_create(self):
        body = self.one(({'Name': f'q{self.random.randrange(3)}', 'Service': {'Service': self.one(SERVICES)}},
                         {'Service': {'Service': self.one(SERVICES), 'OnlyPassing': True, 'Tags': ['t1']}},
                         {'Service': {'Service': 'web'}, 'Session': self.session()},
                         {'Name': 'q5', 'Service': {'Service': 'api', 'Near': '_agent', 'NodeMeta': {'rack': 'r1'},
                                                    'ServiceMeta': {'version': '1'}, 'IgnoreCheckIDs': ['c1']},
                          'DNS': {'TTL': '3s'}},
                         {'Name': 'geo-', 'Template': {'Type': 'name_prefix_match'},
                          'Service': {'Service': '${name.suffix}', 'Tags': ['!t1', '']}},
                         {'Name': 're-', 'Template': {'Type': 'name_prefix_match', 'Regexp': '^re-(.*)-(.*)$'},
                          'Service': {'Service': '${match(1)}', 'Tags': ['${match(2)}']}},
                         {'Name': 'q', 'Template': {'Type': 'odd'}, 'Service': {'Service': 'web'}},
                         {'Name': 'q', 'Service': {'Service': 'web', 'Failover': {'NearestN': -1}}},
                         {'Name': 'q', 'Service': {'Service': 'web', 'Failover': {'NearestN': 2, 'Datacenters': []}}},
                         {'Name': 'q', 'Service': {'Service': 'web', 'NodeMeta': {'a b': 'c'}}},
                         {'Name': 'q', 'Service': {'Service': 'web'}, 'DNS': {'TTL': self.one(('soon', '-1s', '1s'))}},
                         {'Name': 'q', 'Service': {'Service': 'web'}, 'Token': self.one(('<hidden>', 'secret'))},
                         {'ID': 'x', 'Name': 'q', 'Service': {'Service': 'web'}}, {'Service': 5}, {'Name': 5}, 5, [],
                         {'Service': {'Service': 5}}, {'Service': {'Failover': {'NearestN': 'x'}}},
                         {'Service': {}}, {}, {'Name': 'q', 'Service': {'Service': 'web'}, 'Bogus': 1}))
        self.queries += 1
        return 'POST', '/v1/query', body, (f'query{self.queries - 1}', 'ID')

    def query_use(self):
        name = '{query%d}' % self.random.randrange(self.queries) if self.queries and self.maybe(0.7) else \
            self.one(('q0', 'Q1', 'q5', 'nope', 'geo-web', 'geo-api', 're-web-t1', 're-x', 'z' * 36))
        if self.maybe(0.1):
            return self.one((('PUT', f'/v1/query/{name}', {'Name': 'q1', 'Service': {'Service': 'api'}}),
                             ('PUT', f'/v1/query/{name}', None), ('DELETE', f'/v1/query/{name}/execute', None),
                             ('GET', f'/v1/query/{name}/execute?limit=1&near=n1', None),
                             ('GET', f'/v1/query/{name}/execute?limit=x', None), ('OPTIONS', f'/v1/query/{name}', None),
                             ('OPTIONS', f'/v1/query/{name}/explain', None), ('GET', '/v1/query/execute', None),
                             ('GET', f'/v1/query/{name}/execute?connect=x', None)))
        return self.one((('GET', '/v1/query', None), ('GET', f'/v1/query/{name}', None),
                         ('GET', f'/v1/query/{name}/execute', None), ('GET', f'/v1/query/{name}/explain', None),
                         ('DELETE', f'/v1/query/{name}', None)))


FILTERS = ('Service.Port%20%3D%3D%2080', '%22t1%22%20in%20Service.Tags', 'Service.Meta.version%20%3D%3D%20%221%22',
           'not%20Service.Tags%20is%20empty', 'Checks.Status%20%3D%3D%20%22passing%22', 'Nonsense%20%3D%3D%201',
           'Service.ID%20matches%20%22web-.%2A%22', 'Node.Meta.rack%20is%20not%20empty')

HEALTH_FIELDS = (
    ('Node.Node', 'string', ('n1', 'ext1')), ('Node.Address', 'string', ('10.2.0.1',)), ('Node.ID', 'string', ('x',)),
    ('Node.Meta', 'map', ('rack', 'none')), ('Node.TaggedAddresses', 'map', ('lan',)), ('Service.ID', 'string', IDS[:3]),
    ('Service.Service', 'string', SERVICES), ('Service.Tags', 'list', TAGS), ('Service.Meta', 'map', ('version',)),
    ('Service.Port', 'number', ('80', '99', '0')), ('Service.Weights.Passing', 'number', ('1', '5')),
    ('Service.EnableTagOverride', 'number', ('true', 'false')), ('Service.Address', 'string', ('name.example',)),
    ('Service.TaggedAddresses.lan.Port', 'number', ('1234',)), ('Service.TaggedAddresses', 'map', ('lan', 'wan')),
    ('Checks.Status', 'string', STATUSES), ('Checks.Name', 'string', ('c', 'named')), ('Checks', 'list', ('c',)),
    ('Checks.ServiceTags', 'list', TAGS), ('Service.Proxy.DestinationServiceName', 'string', ('x',)),
    ('Service.Connect.Native', 'number', ('true',)), ('Service.Nonsense', 'string', ('x',)), ('service.ID', 'string', ('x',)),
    ('Service.Kind', 'string', ('x',)))
ROW_FIELDS = (
    ('Node', 'string', ('n1', 'ext1')), ('ServiceID', 'string', IDS[:3]), ('ServiceName', 'string', SERVICES),
    ('ServiceTags', 'list', TAGS), ('ServiceMeta', 'map', ('version',)), ('ServicePort', 'number', ('80', '99')),
    ('NodeMeta', 'map', ('rack',)), ('ServiceWeights.Passing', 'number', ('1',)), ('Address', 'string', ('10.2.0.1',)),
    ('ServiceAddress', 'string', ('10.1.0.1',)), ('Service', 'string', ('x',)), ('TaggedAddresses', 'map', ('lan',)))
NODE_FIELDS = (
    ('Node', 'string', ('n1', 'ext1')), ('Address', 'string', ('10.2.0.1',)), ('Meta', 'map', ('rack',)),
    ('Datacenter', 'string', ('dc1',)), ('TaggedAddresses', 'map', ('lan',)), ('Odd', 'string', ('x',)))
SERVICE_FIELDS = (
    ('ID', 'string', IDS[:3]), ('Service', 'string', SERVICES), ('Tags', 'list', TAGS), ('Meta', 'map', ('version',)),
    ('Port', 'number', ('80', '99')), ('Weights.Warning', 'number', ('1',)), ('Kind', 'string', ('x',)))
AGENT_SERVICE_FIELDS = SERVICE_FIELDS + (('Address', 'string', ('10.1.0.1',)), ('EnableTagOverride', 'number', ('true',)))
CHECK_FIELDS = (
    ('Node', 'string', ('n1',)), ('CheckID', 'string', ('c1', 'mem')), ('Name', 'string', ('c', 'mem')),
    ('Status', 'string', STATUSES), ('Notes', 'string', ('n',)), ('Output', 'string', ('hello',)),
    ('ServiceID', 'string', IDS[:3]), ('ServiceName', 'string', SERVICES), ('ServiceTags', 'list', TAGS),
    ('Type', 'string', ('ttl',)), ('Odd', 'string', ('x',)))

WEIGHTS = (('filtered', 12), ('blocking', 3), ('acl', 2), ('agent_register', 10), ('agent_register_badly', 3), ('agent_deregister', 4), ('agent_check_register', 3),
           ('agent_check_deregister', 2), ('agent_check_set', 9), ('agent_check_update', 4), ('maintenance', 3),
           ('catalog_register', 7), ('catalog_register_badly', 2), ('catalog_deregister', 4), ('health_service', 14),
           ('read', 12), ('agent_read', 6), ('odd', 5), ('kv_put', 8), ('kv_get', 8), ('kv_save', 3), ('kv_delete', 4),
           ('session_create', 3), ('session_use', 4), ('session_list', 2), ('event', 3), ('txn', 4),
           ('query_create', 2), ('query_use', 4))


def step_of(drawn):
    method, path, body = drawn[:3]
    step = {'method': method, 'path': path}
    if body is not None:
        step['body'] = body if isinstance(body, str) and not path.startswith('/v1/agent/') else json.dumps(body)
    if len(drawn) > 3 and drawn[3]:
        step['save'] = drawn[3]
    if len(drawn) > 4:
        step['while'] = drawn[4]
    return step


def draw(seed, count):
    """Returns a list of {"method", "path", "body", "save", "while"}; "while" is the path of a read that waits
    meanwhile."""
    source, steps = Draw(seed), []
    kinds, weights = zip(*WEIGHTS)
    while len(steps) < count:
        kind = source.random.choices(kinds, weights)[0]
        steps.append(step_of(getattr(source, kind)()))
        if kind == 'blocking':
            for _ in range(source.random.randrange(2)):
                steps.append(step_of(getattr(source, source.random.choices(kinds, weights)[0])()))
            if steps[-1].get('save', ('index',))[0] == 'index':
                steps.append(step_of(source.block() if source.maybe(0.5) else source.waking()))
    return steps
