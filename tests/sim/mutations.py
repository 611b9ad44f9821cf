"""Known bugs, switched on one by one: each must be caught by the check that is named for it.

usage: mutations.py COMPILER "LIBRARIES" ARCHIVE...

Prints a table: the bug, and what caught it. EK_MUTATION=words chooses those whose name has the words.

A mutation replaces one piece of one source file, which must occur exactly once. The changed copy is
compiled and linked in front of the archives, together with the program that has the check. A
mutation that survives fails, and so does one that no longer fits its file or does not compile. Where
words are given the program must say them: an invariant that every run checks has fired, with the event,
the seed and the command to run it again, or a claim of the code was found broken.
"""
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tidy"))
import symbols

MUTATION = "tests/sim/test_mutation.c"
BOOKS = "tests/sim/test_theory_books.c"
THEORY = "tests/sim/test_theory.c"
RUN = "tests/sim/test_run.c"
ENGINE = "tests/sim/test_engine.c"
RETRY = "tests/core/test_retry.c"
SHARE = "tests/sim/test_share.c"
SAMPLE = "tests/sim/test_sample.c"
BROKEN = r"invariant broken at event \d+, [\d.]+ s, seed 3: .*%s.*; again with: evenkeel run books --seed 3"
BALANCE = "the_books_of_a_run_balance"
SYMBOLS = "symbols"  # not a program: the link-time check

WRAPPED = ["call_started", "call_done", "attempt_started", "attempt_done", "endpoint_load", "hash"]

# (what, file, piece, instead, program, check[, words])
MUTATIONS = [
    # ---- chance and determinism ----
    ("all clients pick from one stream", "core/eligible.c",
     'ek_rng_derive(config->seed, "pick", config->id)', 'ek_rng_derive(config->seed, "pick", 0)',
     BOOKS, "two_clients_do_not_pick_in_lockstep"),
    ("all clients arrive by one stream", "sim/load.c",
     'ek_rng_derive(world->seed, "arrivals", c)', 'ek_rng_derive(world->seed, "arrivals", 0)',
     MUTATION, "clients_arrive_independently"),
    ("the seed decides nothing", "core/rng.c",
     "ek_mix64(ek_mix64(ek_mix64(seed) ^", "ek_mix64(ek_mix64(0 * seed ^",
     RUN, "another_seed_gives_another"),
    ("a clock is read", "sim/sample.c",
     '#include "sim/sample.h"', '#include "sim/sample.h"\n#include <time.h>\n'
     "int64_t ek__now_really(void);\nint64_t ek__now_really(void)\n{\n    return time(NULL);\n}\n",
     SYMBOLS, "time"),
    ("libc's randomness is used", "core/rng.c",
     '#include "evenkeel/rng.h"', '#include "evenkeel/rng.h"\n#include <stdlib.h>\n'
     "int ek__chance(void);\nint ek__chance(void)\n{\n    return rand();\n}\n",
     SYMBOLS, "rand"),
    ("libm decides a service time", "sim/sample.c",
     "return beyond_edge(bits);", "return -__builtin_log(uniform(bits));",
     SYMBOLS, "log"),
    ("a run leaves something behind for the next", "sim/load.c",
     "static void plan(", "uint64_t ek__planned;\n\nstatic void plan(",
     SYMBOLS, "ek__planned"),

    # ---- the event set ----
    ("ties fire in reverse", "sim/engine.c",
     "engine->sequence++ <<", "(0xfffffffffff - engine->sequence++) <<",
     ENGINE, "ties_fire_in_the_order_they_were_set"),
    ("a released slot still fires", "sim/engine.c",
     "    if (!is_waiting && engine->tree[engine->size + slot].at != UINT64_MAX)\n        put(engine, slot, nothing);\n",
     "    (void)is_waiting;\n", ENGINE, "a_released_slot_is_silent_until_it_is_acquired_again"),

    # ---- servers ----
    ("one worker too many", "sim/server.c",
     "server->serving.count < room(server)", "server->serving.count <= room(server)",
     BOOKS, "little_holds_at_the_servers_of_every_queue"),
    ("one place too many in the queue", "sim/server.c",
     "server->waiting.count >= queue_max)", "server->waiting.count > queue_max)",
     MUTATION, "scenarios/theory/mmck-1-10.json"),
    ("a free worker does not look at the queue", "sim/server.c",
     "server->books.done++;\n    serve_waiting(world, server);\n",
     "server->books.done++;\n    if (server->serving.count == 0)\n        serve_waiting(world, server);\n",
     BOOKS, "little_holds_at_the_servers_of_every_queue"),
    ("the last in the queue is served first", "sim/server.c",
     "uint32_t attempt = server->waiting.head;\n\n        ek__list_remove(world, &server->waiting, attempt);\n        serve",
     "uint32_t attempt = server->waiting.tail;\n\n        ek__list_remove(world, &server->waiting, attempt);\n        serve",
     MUTATION, "scenarios/theory/mm1-50.json"),
    ("half of all draws never come up", "sim/server.c",
     "return ek_sampler_draw(&server->service, a->work);\n    if",
     "return ek_sampler_draw(&server->service, a->work & ~(UINT64_C(1) << 63));\n    if",
     MUTATION, "scenarios/theory/mg1-uniform-80.json"),

    ("service times are 1 % too long", "sim/sample.c",
     "return to_ns(ek_sample_exponential(bits) * (double)sampler->constant_ns);",
     "return to_ns(ek_sample_exponential(bits) * 1.01 * (double)sampler->constant_ns);",
     MUTATION, "scenarios/theory/mm1-50.json"),
    ("the long half of two exponentials is 1 % too long", "sim/sample.c",
     "sampler->scale = 2 * (1 - sampler->share) / mean_ns;",
     "sampler->scale = 2 * (1 - sampler->share) / mean_ns / 1.01;",
     SAMPLE, "hyperexponential_follows_its_formula"),
    ("processor sharing forgets a departure", "sim/server_share.c",
     "elapsed * workers / sharing->count;", "elapsed * workers / (sharing->count + 1);",
     SHARE, "ends_are_those_of_a_model_that_shares_step_by_step"),
    ("shared workers serve everybody alone", "sim/server_share.c",
     "sharing->count <= workers ? elapsed : elapsed * workers / sharing->count;", "elapsed;",
     SHARE, "one_worker_is_shared_by_three"),
    ("a pause of shared workers is no pause", "sim/server_share.c",
     "server->sharing.is_held = true;", "server->sharing.is_held = false;",
     SHARE, "a_pause_shifts_what_is_left"),

    # ---- what every run checks, whatever runs ----
    ("a call's end is not booked", "sim/client.c",
     "    ek__books_ended(world, record);\n", "",
     MUTATION, BALANCE, BROKEN % "calls were taken and"),
    ("a call's end is recorded a ns late", "sim/client.c",
     "record->end_ns = world->engine.now;", "record->end_ns = world->engine.now + 1;",
     MUTATION, BALANCE, BROKEN % "Little's law is off by"),
    ("an attempt's end is not booked", "sim/net.c",
     "    world->attempts_closed++;\n", "",
     MUTATION, BALANCE, BROKEN % "attempts were started and"),
    ("a request comes out of nowhere", "sim/net.c",
     "    world->servers[a->endpoint].books.sent++;\n", "",
     MUTATION, BALANCE, BROKEN % "requests sent, but"),
    ("a served call is forgotten", "sim/server.c",
     "    server->books.done++;\n    serve_waiting", "    serve_waiting",
     MUTATION, BALANCE, BROKEN % "requests arrived, but"),
    ("a server takes one call more than it has workers", "sim/server.c",
     "server->serving.count < room(server)", "server->serving.count <= room(server)",
     MUTATION, BALANCE, BROKEN % "calls with 2 workers"),
    ("shared workers give 1 % too much", "sim/server_share.c",
     "((ek__wide)want_ns << PART_BITS),", "((ek__wide)(want_ns - want_ns / 100) << PART_BITS),",
     MUTATION, BALANCE, BROKEN % "gave its calls more than its 2 workers have"),
    ("shared workers give 1 % too little", "sim/server_share.c",
     "((ek__wide)want_ns << PART_BITS),", "((ek__wide)(want_ns + want_ns / 100) << PART_BITS),",
     MUTATION, BALANCE, BROKEN % "had calls to serve, and its 2 workers did not"),
    ("shared calls are answered early", "sim/server_share.c",
     "at < (ek__wide)INT64_MAX ? (int64_t)at : INT64_MAX", "at < (ek__wide)INT64_MAX ? (int64_t)at - 1 : INT64_MAX",
     MUTATION, BALANCE, BROKEN % "answers a call before its work is done"),
    ("an event is planned for the past", "sim/load.c",
     "ek_engine_set(&world->engine, client->arrival_slot, at);",
     "ek_engine_set(&world->engine, client->arrival_slot, at - 10 * EK_MS);",
     MUTATION, BALANCE, BROKEN % "an event was planned for the past"),

    # ---- load and balancing ----
    ("some calls come twice", "sim/load.c",
     "    offer(world, c);\n}\n\nvoid ek__load_think",
     "    offer(world, c);\n    if (world->engine.now % 25 == 0)\n        offer(world, c);\n}\n\nvoid ek__load_think",
     MUTATION, "scenarios/theory/md1-80.json"),
    ("the busier of two is taken", "core/lb/least_request.c",
     "return a->in_flight < b->in_flight;", "return a->in_flight > b->in_flight;",
     THEORY, "two_servers_tell_replacement_apart"),
    ("draws with and without replacement are mixed up", "core/lb/least_request.c",
     "lr->replacement ? ek_rng_below", "!lr->replacement ? ek_rng_below",
     THEORY, "two_servers_tell_replacement_apart"),
    ("what ended still counts as under way", "core/attempt.c",
     "    e->in_flight--;\n", "",
     THEORY, "two_servers_tell_replacement_apart"),
    ("the policy sees yesterday's load", "core/attempt.c",
     "    e->in_flight--;\n    ek__eligible_load_changed(e);\n", "    e->in_flight--;\n",
     THEORY, "two_servers_tell_replacement_apart"),
    ("round robin stays for eight calls", "core/lb/round_robin.c",
     "(uint32_t)(rr->next++ % count)", "(uint32_t)(rr->next++ / 8 % count)",
     MUTATION, "scenarios/theory/round-robin-2-80.json"),

    # ---- health, retries, deadlines ----
    ("ejection is one failure late", "core/outlier.c",
     "*in_row < threshold ||", "*in_row <= threshold ||",
     MUTATION, "the_fourth_failure_in_a_row_ejects"),
    ("ejections do not grow", "core/outlier.c",
     ": config->base_ejection_ns * in_row;", ": config->base_ejection_ns;",
     MUTATION, "ejections_end_on_time_and_grow"),
    ("an ejected endpoint is picked on", "core/outlier.c",
     "    e->is_ejected = is_ejected;\n", "",
     MUTATION, "an_ejected_endpoint_is_left_alone"),
    ("a retry meets the same endpoint", "core/eligible.c",
     "        if (call->tried[i] == number)\n", "        if (call->tried[i] != number)\n",
     MUTATION, "a_retry_goes_to_another_endpoint"),
    ("the bucket of retries never empties", "core/retry.c",
     "throttle->tokens > 1000 ? throttle->tokens - 1000 : 0", "throttle->tokens",
     RETRY, "outcomes_are_those_of_grpc_gos_test"),
    ("a deadline is a nanosecond late", "core/call.c",
     ".deadline = timeout_ns > 0 ? ek_time_add(ch->now, timeout_ns) :",
     ".deadline = timeout_ns > 0 ? ek_time_add(ch->now, timeout_ns + 1) :",
     MUTATION, "a_deadline_is_kept_to_the_nanosecond"),

    ("a timer is a nanosecond late", "core/timer.c",
     "    if (ek_time_before(now, ek__timers_next(timers)) ||",
     "    if (ek_time_before(now, ek_time_add(ek__timers_next(timers), 1)) ||",
     MUTATION, "ejections_end_on_time_and_grow"),

    # ---- the registry ----
    ("the watch goes to sleep after an answer", "core/resolver/consul.c",
     "    ek__pending_add(&c->pending, &news);\n    schedule_next(c, now);\n",
     "    ek__pending_add(&c->pending, &news);\n    ek__pace_rest(&c->pace, 30 * EK_S, now);\n",
     MUTATION, "every_client_hears_of_a_change_at_once"),
    ("a change wakes nobody", "fake-consul/api/watch.c",
     "void ek__consul_watch_wake(struct ek_consul *consul, struct ek__consul_watch *watch)\n{\n",
     "void ek__consul_watch_wake(struct ek_consul *consul, struct ek__consul_watch *watch)\n{\n"
     "    if (watch != NULL)\n        return;\n",
     MUTATION, "every_client_hears_of_a_change_at_once"),
    ("a blocking query ignores its index", "core/resolver/consul.c",
     "ek__consul_query_text(&c->query, c->index,", "ek__consul_query_text(&c->query, 0,",
     MUTATION, "a_query_waits_until_something_changes"),
    ("the registry ignores the index of a query", "fake-consul/api/read.c",
     "bool ek__consul_read_is_parked(const struct ek__consul_read *read, uint64_t index)\n{\n",
     "bool ek__consul_read_is_parked(const struct ek__consul_read *read, uint64_t index)\n{\n"
     "    if (index > 0)\n        return false;\n",
     MUTATION, "a_query_waits_until_something_changes"),
]

# What changes nothing must survive everywhere, or the checks fall by themselves.
CONTROLS = [("nothing", "sim/list.c", "list->count++;", "list->count += 1;", program, check)
            for program, check in ((MUTATION, None), (BOOKS, None), (THEORY, None), (RUN, None),
                                   (ENGINE, None), (RETRY, None), (SHARE, None), (SAMPLE, None))]

FLAGS = ["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-D_DEFAULT_SOURCE", "-O2", "-fPIC", "-fno-lto",
         "-ffp-contract=off", "-fno-math-errno", "-I.", "-Icore/include"]


class Bench:
    def __init__(self, compiler, libraries, archives, folder):
        self.compiler, self.libraries, self.archives = compiler, libraries.split(), archives
        self.folder = folder

    def compile(self, source, out):
        return subprocess.run([self.compiler, *FLAGS, "-c", source, "-o", out],
                              capture_output=True, text=True)

    def link_and_run(self, program, objects, name, check):
        out = os.path.join(self.folder, name)
        wraps = [f"-Wl,--wrap=ek_recorder_{w}" for w in WRAPPED] if program == BOOKS else []
        done = subprocess.run([self.compiler, "-fno-lto", "-o", out,
                               self.object_of(program), *objects, *wraps, "-Wl,--start-group",
                               *self.archives, "-Wl,--end-group", *self.libraries],
                              capture_output=True, text=True)
        if done.returncode != 0:
            return None, done.stderr
        words = [out] + ([check or "all"] if program == MUTATION else [])
        try:
            run = subprocess.run(words, capture_output=True, text=True, timeout=60,
                                 errors="replace")
        except subprocess.TimeoutExpired:
            return {check}, "it hangs"
        finally:
            os.unlink(out)
        text = run.stdout + run.stderr
        failed = set(re.findall(r"^\[  FAILED  \] (\S+)$", text, flags=re.M))
        if run.returncode < 0:  # a signal: the check that was running
            failed |= set(re.findall(r"^\[ RUN      \] (\S+)$", text, flags=re.M)[-1:])
        return failed, text

    def object_of(self, program):
        return os.path.join(self.folder, os.path.basename(program) + ".o")


def caught_by_symbols(bench, index, mutated, name):
    archive = os.path.join(bench.folder, f"libmutant{index}.a")
    subprocess.run(["ar", "rcs", archive, mutated], check=True)
    rules = symbols.read_rules(os.path.join(HERE, "..", "tidy", "symbols_allowed.txt"))
    archives = {os.path.basename(a): symbols.read_symbols(a) for a in bench.archives}
    archives["mutant"] = symbols.read_symbols(archive)
    return any(c.startswith("mutant: ") and c.endswith(" " + name)
               for c in symbols.check(rules, archives))


def try_one(bench, index, mutation):
    """Returns None, or what is wrong."""
    what, path, piece, instead, program, check, *words = mutation
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text.count(piece) != 1:
        return f"{what}: its piece occurs {text.count(piece)} times in {path}, not once"
    source = os.path.join(bench.folder, f"{index}", os.path.basename(path))
    os.makedirs(os.path.dirname(source))
    with open(source, "w", encoding="utf-8") as file:
        file.write(text.replace(piece, instead))
    mutated = os.path.join(bench.folder, f"{index}.o")
    done = bench.compile(source, mutated)
    if done.returncode != 0:
        return f"{what}: does not compile:\n{done.stderr}"
    if program == SYMBOLS:
        if caught_by_symbols(bench, index, mutated, check):
            return None
        return f"{what} ({path}): tidy/symbols did not see {check}"
    failed, said = bench.link_and_run(program, [mutated], f"mutant{index}", check)
    if failed is None:
        return f"{what}: does not link:\n{said}"
    if check is None:
        return f"{program} fails without a bug: {sorted(failed)}" if failed else None
    if check not in failed:
        return f"{what} ({path}): survived {program}: {check}; failed: {sorted(failed)}"
    if words and not re.search(words[0], said):
        return f"{what} ({path}): {check} fell, but nobody said {words[0]}:\n{said}"
    return None


def caught_by(mutation):
    """Who did, in words for the table."""
    program, check, *words = mutation[4:]
    if program == SYMBOLS:
        return f"the link-time check: {check}"
    said = re.search(r": \.\*(.*)\.\*; again", words[0]) if words else None
    if words:
        return "every run: ... " + (said.group(1) + " ..." if said else words[0])
    return f"{os.path.basename(program)[5:-2]}: {check}"


def main():
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    only = os.environ.get("EK_MUTATION", "")
    chosen = [m for m in MUTATIONS if only in m[0]]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        bench = Bench(sys.argv[1], sys.argv[2], sys.argv[3:], folder)
        programs = sorted({m[4] for m in chosen} - {SYMBOLS})
        for done in pool.map(lambda p: bench.compile(p, bench.object_of(p)), programs):
            if done.returncode != 0:
                raise SystemExit(done.stderr)
        controls = [c for c in CONTROLS if c[4] in programs]
        complaints = list(filter(None, pool.map(lambda m: try_one(bench, *m),
                                                list(enumerate(chosen + controls)))))
    if not complaints:
        for mutation in chosen:
            print(f"{mutation[0]:52} {caught_by(mutation)}")
    for complaint in complaints:
        print(complaint)
    print(f"{max(0, len(chosen) - len(complaints))} of {len(chosen)} seeded bugs caught")
    sys.exit(1 if complaints or not chosen else 0)


if __name__ == "__main__":
    main()
