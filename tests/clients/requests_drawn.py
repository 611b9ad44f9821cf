"""Random but reproducible requests to a Consul, good ones and bad ones."""
import json
import random

SERVICES = ('web', 'api', 'Db')
IDS = ('web-1', 'web-2', 'api-1', 'db 1')
NODES = ('ext1', 'ext2')
KEYS = ('a', 'a/b', 'a/b/c', 'd/', 'e%20f')
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
            {'Name': 'web', 'Kind': 'nonsense'}, {'Name': 'web', 'Address': '0.0.0.0'},
            [], 'text', 5, None))

    def agent_deregister(self):
        return 'PUT', f"/v1/agent/service/deregister/{self.one(IDS).replace(' ', '%20')}", None

    def agent_check_register(self):
        body = {'Name': self.one(('mem', 'disk')), 'TTL': '1h'}
        if self.maybe(0.4):
            body['ServiceID'] = self.one(IDS)
        if self.maybe(0.4):
            body['Status'] = self.one(STATUSES)
        return 'PUT', '/v1/agent/check/register', body

    def check_id(self):
        return self.one(('mem', 'disk', 'nope') + tuple(f'service:{i}' for i in IDS)) \
            .replace(' ', '%20').replace(':', self.one((':', '%3A')))

    def agent_check_deregister(self):
        return 'PUT', f'/v1/agent/check/deregister/{self.check_id()}', None

    def agent_check_set(self):
        note = self.one(('', '?note=hello%20you', '?note='))
        return 'PUT', f"/v1/agent/check/{self.one(('pass', 'warn', 'fail'))}/{self.check_id()}{note}", None

    def agent_check_update(self):
        body = {'Status': self.one(STATUSES + ('nonsense',)), 'Output': self.one(('', 'text'))}
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
        if self.maybe(0.6):
            body['Service'] = {'Service': self.one(SERVICES), 'Port': 99}
            if self.maybe(0.7):
                body['Service']['ID'] = self.one(IDS)
            if self.maybe(0.3):
                body['Service']['Tags'] = self.some(TAGS)
        if self.maybe(0.5):
            body['Check'] = {'CheckID': self.one(('c1', 'c2')), 'Name': 'c', 'Status': self.one(STATUSES)}
            if 'Service' in body and 'ID' in body['Service']:
                body['Check']['ServiceID'] = body['Service']['ID']
        return 'PUT', '/v1/catalog/register', body

    def catalog_register_badly(self):
        return 'PUT', '/v1/catalog/register', self.one((
            {}, {'Node': 'x'}, {'Address': '1.2.3.4'}, {'Node': 'x', 'Address': 'y', 'Bogus': 1},
            {'Node': 'x', 'Address': 'y', 'Service': {}}, {'Node': 'x', 'Address': 'y', 'Datacenter': 'z'},
            {'Node': 'x', 'Address': 'y', 'ID': 'no-uuid'}, [], None))

    def catalog_deregister(self):
        body = {'Node': self.one(NODES)}
        if self.maybe(0.4):
            body['ServiceID'] = self.one(IDS)
        elif self.maybe(0.5):
            body['CheckID'] = self.one(('c1', 'c2'))
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
            return self.one(('nope', '00000000-0000-0000-0000-000000000000'))
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
                         {'NodeChecks': ['serfHealth']}, {'TTL': 'soon'}))
        self.sessions += 1
        return 'PUT', '/v1/session/create', body, (f'session{self.sessions - 1}', 'ID')

    def session_use(self):
        verb = self.one(('info', 'info', 'renew', 'destroy'))
        return 'GET' if verb == 'info' else 'PUT', f'/v1/session/{verb}/{self.session()}', None

    def session_list(self):
        return 'GET', self.one(('/v1/session/list', '/v1/session/node/n1', '/v1/session/node/none')), None

    def event(self):
        return self.one((('PUT', f"/v1/event/fire/{self.one(('e', 'f'))}", self.one(('', 'payload'))),
                         ('GET', '/v1/event/list', None), ('GET', '/v1/event/list?name=e', None)))

    def txn(self):
        verbs = [{'KV': {'Verb': self.one(('set', 'get', 'delete', 'get-tree', 'delete-tree', 'cas', 'check-index',
                                           'check-not-exists', 'odd')),
                         'Key': self.one(KEYS[:3]), 'Value': 'dg==', 'Index': self.one((0, 1))}}
                 for _ in range(self.random.randrange(1, 4))]
        return 'PUT', '/v1/txn', self.one((verbs, verbs, verbs, [], {}, None, [{}]))

    def query_create(self):
        body = self.one(({'Name': f'q{self.random.randrange(3)}', 'Service': {'Service': self.one(SERVICES)}},
                         {'Service': {'Service': self.one(SERVICES), 'OnlyPassing': True, 'Tags': ['t1']}},
                         {'Service': {}}, {}, {'Name': 'q', 'Service': {'Service': 'web'}, 'Bogus': 1}))
        self.queries += 1
        return 'POST', '/v1/query', body, (f'query{self.queries - 1}', 'ID')

    def query_use(self):
        name = '{query%d}' % self.random.randrange(self.queries) if self.queries and self.maybe(0.7) else \
            self.one(('q0', 'q1', 'nope'))
        return self.one((('GET', '/v1/query', None), ('GET', f'/v1/query/{name}', None),
                         ('GET', f'/v1/query/{name}/execute', None), ('GET', f'/v1/query/{name}/explain', None),
                         ('DELETE', f'/v1/query/{name}', None)))


FILTERS = ('Service.Port%20%3D%3D%2080', '%22t1%22%20in%20Service.Tags', 'Service.Meta.version%20%3D%3D%20%221%22',
           'not%20Service.Tags%20is%20empty', 'Checks.Status%20%3D%3D%20%22passing%22', 'Nonsense%20%3D%3D%201',
           'Service.ID%20matches%20%22web-.%2A%22', 'Node.Meta.rack%20is%20not%20empty')

WEIGHTS = (('agent_register', 10), ('agent_register_badly', 3), ('agent_deregister', 4), ('agent_check_register', 3),
           ('agent_check_deregister', 2), ('agent_check_set', 9), ('agent_check_update', 4), ('maintenance', 3),
           ('catalog_register', 7), ('catalog_register_badly', 2), ('catalog_deregister', 4), ('health_service', 14),
           ('read', 12), ('agent_read', 6), ('odd', 5), ('kv_put', 8), ('kv_get', 8), ('kv_save', 3), ('kv_delete', 4),
           ('session_create', 3), ('session_use', 4), ('session_list', 2), ('event', 3), ('txn', 4),
           ('query_create', 2), ('query_use', 4))


def draw(seed, count):
    """Returns a list of {"method", "path", "body", "save"}."""
    source, steps = Draw(seed), []
    kinds, weights = zip(*WEIGHTS)
    for _ in range(count):
        drawn = getattr(source, source.random.choices(kinds, weights)[0])()
        method, path, body = drawn[:3]
        step = {'method': method, 'path': path}
        if body is not None:
            step['body'] = body if isinstance(body, str) and not path.startswith('/v1/agent/') else json.dumps(body)
        if len(drawn) > 3:
            step['save'] = drawn[3]
        steps.append(step)
    return steps
