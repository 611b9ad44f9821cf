"""Whether two answers are the same, but for what may differ between two servers.

Indexes count by their order, UUIDs by their first appearance, lists without order are sorted."""
import bisect
import json
import re

DROPPED = {'date', 'content-length', 'transfer-encoding', 'connection'}
UUID = re.compile('[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')
# Ports of the server, and indexes inside texts.
ANY = re.compile(r'(?<=127\.0\.0\.1:)\d+|(?<=cas=)\d+|(?<=current modify index )\d+')
LOOSE = {'ContentHash', 'x-consul-contenthash', 'CreateTime'}


class Different(Exception):
    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind
        self.text = text


class Order:
    """Pairs of indexes that keep one order on both sides."""

    def __init__(self):
        self.pairs = []

    def fits(self, fake, real):
        if fake in (0, 1) or real in (0, 1):
            return fake == real
        at = bisect.bisect_left(self.pairs, (fake, real))
        if at < len(self.pairs) and self.pairs[at] == (fake, real):
            return True
        if at > 0 and (self.pairs[at - 1][0] == fake or self.pairs[at - 1][1] >= real):
            return False
        if at < len(self.pairs) and (self.pairs[at][0] == fake or self.pairs[at][1] <= real):
            return False
        self.pairs.insert(at, (fake, real))
        return True


class Names:
    """Names that stand for each other."""

    def __init__(self):
        self.of = {}, {}

    def fits(self, fake, real):
        return self.of[0].setdefault(fake, real) == real and \
            self.of[1].setdefault(real, fake) == fake


def shape_of(path):
    """The path without names: /v1/kv/*, /v1/query/*/execute."""
    parts = path.split('?')[0].split('/')
    named = 3 if parts[2:3] in (['kv'], ['query']) else 4
    if parts[2:4] == ['agent', 'health']:
        named = 6
    elif parts[2:3] == ['agent'] and len(parts) > 5:
        named = 5
    return '/'.join('*' if number == named else part for number, part in enumerate(parts))


def json_of(body):
    try:
        return json.loads(body)
    except ValueError:
        return None


def sort_unordered(path, value):
    if path.startswith('/v1/catalog/services') and isinstance(value, dict):
        return {name: sorted(tags) for name, tags in value.items()}
    if path.startswith('/v1/session/') and isinstance(value, list):
        return sorted(value, key=lambda s: (s.get('Name', ''), s.get('CreateIndex', 0)))
    if path.startswith('/v1/agent/health/service'):  # a Go map's order
        rows = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
        if not all(row.get('Service') for row in rows):
            return value
        for row in rows:
            (row.get('Checks') or []).sort(key=lambda check: check['CheckID'])
        return sorted(rows, key=lambda row: row['Service']['ID']) if value is rows else value
    if path.split('?')[0] == '/v1/query' and isinstance(value, list):  # by random id
        return sorted(value, key=lambda query: query['CreateIndex'])
    if 'near=' in path and isinstance(value, list) and all(isinstance(row, dict) for row in value):  # by coordinates, which come some time after the start
        return sorted(value, key=lambda row: json.dumps([row.get('Node'), row.get('CheckID'), row.get('ServiceID'),
                                                         (row.get('Service') or {}).get('ID')]
                                                        if 'Service' not in row else
                                                        [row['Node']['Node'], row['Service']['ID']]))
    if '/execute' in path and isinstance(value, dict) and value.get('Nodes'):
        value['Nodes'].sort(key=lambda row: row['Service']['ID'])
    return value


def is_own(value):
    """The agent's own node and its serfHealth, written before the first request."""
    return value.get('CheckID') == 'serfHealth' or \
        (value.get('Node') == 'n1' and 'TaggedAddresses' in value and 'ServiceID' not in value)


class Comparison:
    def __init__(self):
        self.indexes = Order()
        self.hashes = Names()
        self.uuids = Names()

    def compare(self, step, fake, real):
        where = f"{step['method']} {shape_of(step['path'])}"
        self.where, self.fake, self.real = where, fake, real
        if fake[0] != real[0]:
            self.fail('status', fake[0], real[0])
        self.compare_headers(step['path'], fake[1], real[1])
        a, b = json_of(fake[2]), json_of(real[2])
        if a is None or b is None:
            self.compare_text('body', fake[2].decode(errors='replace'),
                              real[2].decode(errors='replace'))
        else:
            self.compare_values('', sort_unordered(step['path'], a),
                                sort_unordered(step['path'], b))

    def fail(self, what, fake, real):
        name = re.sub(r'\.\d+', '', what)
        raise Different(f'{self.where}: {name}',
                        f'    {what}: fake {fake!r}, real {real!r}\n'
                        f'    fake: {self.fake[0]} {self.fake[2][:300]!r}\n'
                        f'    real: {self.real[0]} {self.real[2][:300]!r}')

    def compare_headers(self, path, fake, real):
        sides = [{name.lower(): value for name, value in headers.items()
                  if name.lower() not in DROPPED} for headers in (fake, real)]
        for name in sorted(set(sides[0]) | set(sides[1])):
            a, b = (side.get(name) for side in sides)
            if a is None or b is None:
                self.fail(name, a, b)
            elif name == 'x-consul-index':
                if path.startswith('/v1/event/list'):
                    continue
                if not self.indexes.fits(int(a), int(b)):
                    self.fail(name, a, b)
            elif name in LOOSE:
                if not self.hashes.fits(a, b):
                    self.fail(name, a, b)
            else:
                self.compare_text(name, a, b)

    def compare_text(self, name, fake, real):
        whole, fake, real = (fake, real), ANY.sub('#', fake), ANY.sub('#', real)
        if self.where.startswith('GET /v1/agent/health/service/name/') and {fake, real} == {'critical', 'maintenance'}:
            return  # with several instances the order of a Go map decides
        a, b = UUID.findall(fake), UUID.findall(real)
        if UUID.sub('#', fake) != UUID.sub('#', real) or len(a) != len(b) or \
                not all(self.uuids.fits(*pair) for pair in zip(a, b)):
            self.fail(name, *whole)

    def compare_values(self, path, fake, real):
        if type(fake) is not type(real):
            self.fail(path, fake, real)
        if isinstance(fake, dict):
            if set(fake) != set(real):
                self.fail(path + '.keys', sorted(set(fake) - set(real)),
                          sorted(set(real) - set(fake)))
            for name in sorted(fake):
                self.compare_member(f'{path}.{name}', name, fake[name], real[name], is_own(real))
        elif isinstance(fake, list):
            if len(fake) != len(real):
                self.fail(path + '.length', len(fake), len(real))
            for number, pair in enumerate(zip(fake, real)):
                self.compare_values(f'{path}.{number}', *pair)
        elif isinstance(fake, str):
            self.compare_text(path, fake, real)
        elif fake != real:
            self.fail(path, fake, real)

    def compare_member(self, path, name, fake, real, own):
        if name == 'Port' and (path.endswith('consul.Port') or fake == 8300):
            return  # the server's own
        if name in ('CreateIndex', 'ModifyIndex'):
            if not own and not self.indexes.fits(fake, real):
                self.fail(path, fake, real)
        elif name in LOOSE:
            if not self.hashes.fits(str(fake), str(real)):
                self.fail(path, fake, real)
        else:
            self.compare_values(path, fake, real)
