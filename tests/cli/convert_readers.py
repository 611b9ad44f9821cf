"""Reads what `evenkeel convert` wrote with Python's own readers, and OpenMetrics with a small strict
one that follows the text format's grammar."""
import collections
import csv
import json
import os
import re
import sqlite3
import sys
import xml.etree.ElementTree


def rows(run, query):
    with sqlite3.connect("file:%s.db?mode=ro" % run, uri=True) as database:
        return database.execute(query).fetchall()


def junit(run):
    root = xml.etree.ElementTree.parse(run + ".junit").getroot()
    assert root.tag == "testsuites"
    (suite,) = root
    cases = suite.findall("testcase")
    verdicts = [verdict for (verdict,) in rows(run, "SELECT verdict FROM expectation")]
    assert int(suite.get("tests")) == len(cases) == len(verdicts)
    assert int(suite.get("failures")) == verdicts.count("fail")
    for case, verdict in zip(cases, verdicts):
        failure = case.find("failure")
        assert (failure is not None) == (verdict == "fail")
        assert case.get("classname") and case.get("name") and int(case.get("line")) > 0
        if failure is not None:
            assert "wanted" in failure.get("message") and "repeat: " in failure.text
    properties = {p.get("name"): p.get("value") for p in suite.iter("property")}
    ((fingerprint,),) = rows(run, "SELECT value FROM meta WHERE key = 'fingerprint'")
    assert properties["fingerprint"] == fingerprint


def markdown(run):
    text = open(run + ".markdown", encoding="utf-8").read()
    assert len(text.encode()) < 100000
    assert text.startswith("### ")
    outside = re.sub(r"```.*?```", "", text, flags=re.S)
    outside = outside.replace("<details><summary>", "").replace("</summary>", "").replace("</details>", "")
    assert "<" not in outside, outside
    assert text.count("```") % 2 == 0
    for line in outside.splitlines():
        if line.startswith("|"):  # a bar in a name does not make a column
            bars = len(re.findall(r"(?<!\\)\|", line))
            assert bars in (5, 8), line


SAMPLE = re.compile(
    r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? '
    r"(NaN|[+-]?(?:[0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]+)?|Inf))\Z")
SUFFIXES = {"counter": ["_total"], "gauge": [""], "info": ["_info"],
            "summary": ["", "_count", "_sum"], "histogram": ["_bucket", "_count", "_sum"]}


def openmetrics(run):
    text = open(run + ".openmetrics", encoding="utf-8", newline="").read()
    assert text.endswith("\n# EOF\n") and text.count("# EOF") == 1 and "\r" not in text
    types, current, seen = {}, None, set()
    for line in text.splitlines()[:-1]:
        if line.startswith("# "):
            _, keyword, name, rest = line.split(" ", 3)
            assert keyword in ("TYPE", "UNIT", "HELP")
            if keyword == "TYPE":
                assert name not in types, "families are not interleaved"
                types[name] = rest
            assert keyword != "UNIT" or name.endswith("_" + rest)
            current = name
            continue
        match = SAMPLE.match(line)
        assert match, line
        assert match.group(1) in [current + s for s in SUFFIXES[types[current]]], line
        assert match.group(0).rsplit(" ", 1)[0] not in seen, "one series twice: " + line
        seen.add(match.group(0).rsplit(" ", 1)[0])
        if types[current] == "counter":
            assert float(match.group(4)) >= 0
    counts = [int(n) for n in re.findall(r'_bucket\{le="[^"]+"\} (\d+)', text)]
    assert counts == sorted(counts) and 'le="+Inf"} %d\n' % counts[-1] in text, "buckets add up"
    ((finished,),) = rows(run, "SELECT sum(calls) FROM phase_latency WHERE phase = 0")
    assert counts[-1] == finished
    ((errors,),) = rows(run, "SELECT errors FROM phase WHERE name = 'all'")
    assert 'evenkeel_calls_total{outcome="error"} %d\n' % errors in text


def series(run):
    with open(run + ".csv", encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file, strict=True))
    names = [name for (name,) in rows(run, "SELECT name FROM endpoint ORDER BY id")]
    assert {row["name"] for row in table if row["scope"] == "endpoint"} == set(names)
    ((started,),) = rows(run, "SELECT sum(started) FROM interval")
    assert sum(int(row["started"]) for row in table if row["scope"] == "run") == started
    for name, attempts in rows(run, "SELECT e.name, sum(i.attempts) FROM endpoint_interval i "
                                    "JOIN endpoint e ON e.id = i.endpoint GROUP BY e.id"):
        assert sum(int(r["attempts"]) for r in table if r["name"] == name) == attempts


def chrome(run):
    trace = json.load(open(run + ".chrome", encoding="utf-8"))["traceEvents"]
    open_ids = collections.Counter()
    for event in trace:
        assert event["ph"] in "bexXMCstfi" and event["ts"] >= 0
        if event["ph"] in "be":
            open_ids[event["id"], event["name"]] += 1 if event["ph"] == "b" else -1
    assert not any(open_ids.values()), "every begin has its end"
    ((calls,), (attempts,)) = rows(run, "SELECT count(*) FROM call UNION ALL "
                                        "SELECT count(*) FROM attempt")
    assert sum(e["ph"] == "b" for e in trace) == calls + attempts
    faults = [e for e in trace if e["ph"] == "X" and e["cat"] == "fault"]
    assert [e["dur"] * 1000 for e in faults] == [
        end - start for start, end in rows(run, "SELECT start_ns, end_ns FROM fault")]


def jsonl(run):
    kinds = collections.Counter()
    for line in open(run + ".jsonl", encoding="utf-8"):
        kinds[json.loads(line)["type"]] += 1
    for table in ("endpoint", "client", "fault", "phase", "expectation", "event", "interval", "call"):
        ((count,),) = rows(run, "SELECT count(*) FROM " + table)
        assert kinds[table] == count, table
    assert kinds["run"] == 1


def pictures(run):
    text = open(run + ".mermaid", encoding="utf-8").read()
    assert "<script" not in text and "<b>" not in text.replace("<br/>", "")
    if os.path.exists(run + ".svg"):
        root = xml.etree.ElementTree.parse(run + ".svg").getroot()
        assert not list(root.iter("{http://www.w3.org/2000/svg}script"))


for name in sys.argv[1:]:
    for check in (junit, markdown, openmetrics, series, chrome, jsonl, pictures):
        try:
            check(name)
        except Exception as problem:
            sys.exit("%s of %s: %s: %s" % (check.__name__, name, type(problem).__name__, problem))
