"""Known bugs, switched on one by one: each must be caught by the check that is named for it.

usage: mutations.py COMPILER "LIBRARIES" ARCHIVE...

A mutation replaces one piece of one source file, which must occur exactly once. The changed copy is
compiled and linked in front of the archives, together with the program that has the check. A
mutation that survives fails, and so does one that no longer fits its file or does not compile.
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
SYMBOLS = "symbols"  # not a program: the link-time check

WRAPPED = ["call_started", "call_done", "attempt_started", "attempt_done", "endpoint_load", "hash"]

# (what, file, piece, instead, program, check)
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
     "return -ek_log(uniform(bits));", "return -__builtin_log(uniform(bits));",
     SYMBOLS, "log"),
    ("a run leaves something behind for the next", "sim/load.c",
     "static void plan(", "uint64_t ek__planned;\n\nstatic void plan(",
     SYMBOLS, "ek__planned"),

    # ---- the event set ----
    ("ties fire in reverse", "sim/engine.c",
     "engine->sequence++ <<", "(0xfffffffffff - engine->sequence++) <<",
     ENGINE, "ties_fire_in_the_order_they_were_set"),
    ("a released slot still fires", "sim/engine.c",
     "    if (engine->tree[engine->size + slot].at != UINT64_MAX)\n        put(engine, slot, nothing);\n",
     "", ENGINE, "a_released_slot_is_silent_until_it_is_acquired_again"),

    # ---- servers ----
    ("one worker too many", "sim/server.c",
     "server->serving.count < server->group->workers)", "server->serving.count <= server->group->workers)",
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

    # ---- the registry ----
    ("the watch goes to sleep after an answer", "core/resolver/consul.c",
     "    tell(c, &news);\n    schedule_next(c, now);\n", "    tell(c, &news);\n    c->is_asking = false;\n"
     "    c->next = ek_time_add(now, 30 * EK_S);\n",
     MUTATION, "every_client_hears_of_a_change_at_once"),
    ("a change wakes nobody", "fake-consul/api/watch.c",
     "void ek__consul_watch_wake(struct ek_consul *consul, struct ek__consul_watch *watch)\n{\n",
     "void ek__consul_watch_wake(struct ek_consul *consul, struct ek__consul_watch *watch)\n{\n"
     "    if (watch != NULL)\n        return;\n",
     MUTATION, "every_client_hears_of_a_change_at_once"),
]

# What changes nothing must survive everywhere, or the checks fall by themselves.
CONTROLS = [("nothing", "sim/list.c", "list->count++;", "list->count += 1;", program, check)
            for program, check in ((MUTATION, None), (BOOKS, None), (THEORY, None), (RUN, None),
                                   (ENGINE, None), (RETRY, None))]

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
    what, path, piece, instead, program, check = mutation
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
    failed, words = bench.link_and_run(program, [mutated], f"mutant{index}", check)
    if failed is None:
        return f"{what}: does not link:\n{words}"
    if check is None:
        return f"{program} fails without a bug: {sorted(failed)}" if failed else None
    if check not in failed:
        return f"{what} ({path}): survived {program}: {check}; failed: {sorted(failed)}"
    return None


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
    for complaint in complaints:
        print(complaint)
    print(f"{max(0, len(chosen) - len(complaints))} of {len(chosen)} seeded bugs caught")
    sys.exit(1 if complaints or not chosen else 0)


if __name__ == "__main__":
    main()
