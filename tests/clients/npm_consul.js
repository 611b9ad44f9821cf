// The npm package consul against the fake: services, health, kv, sessions, events, txn, watch.
// usage: node npm_consul.js EVENKEEL
'use strict';

const assert = require('node:assert/strict');
const {spawn} = require('node:child_process');
const readline = require('node:readline');

let Consul;
try {
    Consul = require('consul');
} catch (error) {
    console.error('the npm package consul is missing: script/bootstrap installs it');
    process.exit(1);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Resolves to the port it serves on.
async function start(program) {
    const child = spawn(program, ['consul', '--listen', '127.0.0.1:0'],
                        {stdio: ['ignore', 'ignore', 'pipe']});
    process.on('exit', () => child.kill('SIGKILL'));
    for await (const line of readline.createInterface({input: child.stderr})) {
        const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line);
        assert.ok(found, line);
        return {child, port: Number(found[1])};
    }
    throw new Error('evenkeel consul does not start');
}

const tests = {
    async 'the agent tells who it is'(consul) {
        assert.equal((await consul.agent.self()).Config.NodeName, 'n1');
    },

    async 'a service is registered, passes and is found'(consul) {
        await consul.agent.service.register({
            name: 'js', id: 'js-1', tags: ['t'], meta: {a: 'b'}, address: '127.0.0.1', port: 4321,
            check: {ttl: '10s', status: 'passing', deregistercriticalserviceafter: '1m'},
        });
        await consul.agent.check.pass({id: 'service:js-1', note: 'hi'});
        const rows = await consul.health.service({service: 'js', passing: true});
        assert.equal(rows.length, 1);
        assert.equal(rows[0].Service.Port, 4321);
        assert.deepEqual(rows[0].Service.Meta, {a: 'b'});
        assert.deepEqual(Object.keys(await consul.agent.services()), ['js-1']);
        const checks = await consul.agent.checks();
        assert.deepEqual(Object.keys(checks), ['service:js-1']);
        assert.equal(checks['service:js-1'].Output, 'hi');
        assert.deepEqual((await consul.catalog.services()).js, ['t']);
        assert.equal((await consul.catalog.service.nodes('js'))[0].ServiceID, 'js-1');
        assert.equal((await consul.catalog.node.list())[0].Node, 'n1');
        assert.ok((await consul.catalog.node.services('n1')).Services['js-1']);
        assert.deepEqual(await consul.catalog.datacenters(), ['dc1']);
        assert.equal((await consul.health.checks('js')).length, 1);
        assert.ok((await consul.health.node('n1')).some((c) => c.CheckID === 'serfHealth'));
        assert.ok((await consul.health.state('any')).length >= 2);
    },

    async 'keys'(consul) {
        assert.equal(await consul.kv.set('js/a', 'v'), true);
        assert.equal((await consul.kv.get('js/a')).Value, 'v');
        assert.deepEqual(await consul.kv.keys('js/'), ['js/a']);
        assert.equal(await consul.kv.get('js/none'), undefined);
        assert.equal((await consul.kv.get({key: 'js', recurse: true})).length, 1);
        assert.ok(!(await consul.kv.set({key: 'js/a', value: 'z', cas: '0'})));
        await consul.kv.del({key: 'js', recurse: true});
        assert.equal(await consul.kv.get('js/a'), undefined);
    },

    async 'sessions lock keys'(consul) {
        const {ID} = await consul.session.create(
            {lockdelay: '1s', name: 'j', behavior: 'delete', ttl: '10s'});
        assert.equal(await consul.kv.set({key: 'jl', value: '1', acquire: ID}), true);
        assert.equal((await consul.kv.get('jl')).Session, ID);
        assert.equal(await consul.kv.set({key: 'jl', value: '1', release: ID}), true);
        assert.equal((await consul.session.renew(ID))[0].ID, ID);
        assert.equal((await consul.session.get(ID)).Name, 'j');
        assert.equal((await consul.session.list()).length, 1);
        await consul.session.destroy(ID);
        assert.equal((await consul.session.list()).length, 0);
    },

    async 'status, events, maintenance'(consul) {
        assert.equal(await consul.status.leader(), '127.0.0.1:8300');
        assert.deepEqual(await consul.status.peers(), ['127.0.0.1:8300']);
        const {ID} = await consul.event.fire({name: 'ev', payload: 'p'});
        assert.ok((await consul.event.list('ev')).some((event) => event.ID === ID));
        await consul.agent.service.maintenance({id: 'js-1', enable: true, reason: 'r'});
        assert.equal((await consul.health.service({service: 'js', passing: true})).length, 0);
        await consul.agent.service.maintenance({id: 'js-1', enable: false});
        await consul.agent.maintenance({enable: true, reason: 'r'});
        assert.equal((await consul.health.service({service: 'js', passing: true})).length, 0);
        await consul.agent.maintenance({enable: false});
        assert.equal((await consul.health.service({service: 'js', passing: true})).length, 1);
    },

    async 'errors arrive as such'(consul) {
        await assert.rejects(consul.agent.check.pass('nope'), (error) => {
            assert.equal(error.statusCode, 500);
            assert.match(error.message, /CheckID "nope" does not have associated TTL/);
            return true;
        });
        await assert.rejects(consul.transaction.create([{KV: {Verb: 'get', Key: 'none'}}]),
                             /conflict/);
    },

    async 'a watch sees each change and the end'(consul) {
        const seen = [];
        const watch = consul.watch({
            method: consul.health.service,
            options: {service: 'js', passing: true, wait: '2s'},
        });
        const errors = [];
        watch.on('change', (rows) => seen.push(rows.length));
        watch.on('error', (error) => errors.push(error));
        const until = async (count) => {
            for (let i = 0; i < 100 && seen.length < count; i++)
                await pause(50);
            assert.equal(seen.length, count);
        };
        await until(1);
        await consul.agent.check.fail('service:js-1');
        await until(2);
        await consul.agent.check.pass('service:js-1');
        await until(3);
        await pause(2500); // a quiet round is no change
        await consul.agent.service.deregister('js-1');
        await until(4);
        watch.end();
        assert.deepEqual(seen, [1, 0, 1, 0]);
        assert.deepEqual(errors, []);
    },
};

async function main() {
    const {child, port} = await start(process.argv[2]);
    const consul = new Consul({host: '127.0.0.1', port});
    let failed = 0;
    for (const [name, test] of Object.entries(tests)) {
        try {
            await test(consul);
            console.log(`ok ${name}`);
        } catch (error) {
            failed++;
            console.log(`FAILED ${name}\n${error.stack}`);
        }
    }
    child.kill('SIGTERM');
    const code = await new Promise((resolve) => child.on('exit', resolve));
    assert.equal(code, 0);
    process.exit(failed > 0 ? 1 : 0);
}

main();
