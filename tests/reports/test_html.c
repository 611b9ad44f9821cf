/* The report: what is in it, and that no name from a recording becomes markup. */
#include "evenkeel/rng.h"
#include "reports/html/html.h"
#include "reports/html/pack.h"
#include "reports/html/write.h"
#include "tests/reports/recording_made.h"

#include <sys/stat.h>
#include <zlib.h>

#define SCRIPT "<script>alert(1)</script>"
#define IMAGE  "\"><img onerror=alert(2)>"
#define CLOSE  "</script></style><!--"

struct place {
    char folder[64], path[128];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    snprintf(place->folder, sizeof place->folder, "/tmp/ek-html-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof place->path, "%s/run.db", place->folder);
    *state = place;
    return 0;
}

static int drop_place(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    assert_int_equal(rmdir(place->folder), 0);
    free(place);
    return 0;
}

static struct ek_replay *record(struct place *place, struct ek_recording_setup setup)
{
    char why[256] = "";
    setup.path = place->path;
    struct ek_recorder *recorder = ek_recorder_new(&setup);
    assert_non_null(recorder);
    made_run(recorder);
    made_finish(recorder);
    ek_recorder_free(recorder);
    struct ek_replay *replay = ek_replay_open(place->path, why, sizeof why);
    if (replay == NULL)
        fail_msg("%s", why);
    return replay;
}

/* What was written to a temporary file, which is closed. Returns new. */
static char *text_of(FILE *file)
{
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size >= 0);
    char *text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    rewind(file);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    return text;
}

static FILE *new_file(void)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    return file;
}

/* Returns new. */
static char *page_of(struct ek_replay *const *replays, size_t count)
{
    FILE *out = new_file();
    assert_true(ek_html_write(replays, count, out));
    return text_of(out);
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *p = strstr(text, word); p != NULL; p = strstr(p + 1, word))
        count++;
    return count;
}

static void assert_has(const char *page, const char *text)
{
    if (strstr(page, text) == NULL)
        fail_msg("the page lacks: %s", text);
}

/* What a person reads, before the scripts and what they read. */
static char *words_of(const char *page)
{
    const char *end = strstr(page, "<script type=\"application/json\"");
    const char *start = strstr(page, "<body>");
    assert_non_null(start);
    assert_non_null(end);
    return strndup(start, (size_t)(end - start));
}

static void all_parts_are_there(void **state)
{
    struct ek_replay *replay = record(*state, made_setup());
    char *page = page_of(&replay, 1);

    static const char *const parts[] = {"verdict", "failover", "expectations", "story",
                                        "shares",  "latency",  "graphs",       "calls",
                                        "events",  "scenario", "definitions"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char id[40];
        snprintf(id, sizeof id, " id=\"%s\"", parts[i]);
        if (count_of(page, id) != 1)
            fail_msg("%s is there %zu times", id, count_of(page, id));
    }
    assert_null(strstr(page, "{{"));
    assert_has(page, "evenkeel run made --seed 7");
    assert_has(page, "made by hand");
    assert_has(page, "18446744073709551615"); /* the seed, UINT64_MAX */
    free(page);
    ek_replay_close(replay);
}

/* made_run: the fault begins at 4 s; the first call to b1 is planned then and fails 100 ms later;
 * c1 ejects it at 4.2 s; every fourth call goes to b1 until then, the last at 4.16 s; it returns at
 * 7 s, one second after the fault's end. Five calls fail. */
static void a_fault_is_told_in_steps(void **state)
{
    struct ek_replay *replay = record(*state, made_setup());
    char *page = page_of(&replay, 1);
    char *words = words_of(page);

    const char *steps[] = {"fault begins", "4.000 s",         "first failure", "+100 ms",
                           "at 4.100 s",   "traffic moved",   "+160 ms",       "fault ends",
                           "6.000 s",      "traffic is back", "+1.00 s",       "at 7.000 s",
                           "what it cost", "5 failed calls"};
    const char *p = strstr(words, "class=\"steps\"");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const char *next = p != NULL ? strstr(p, steps[i]) : NULL;
        if (next == NULL)
            fail_msg("missing, or out of order: %s", steps[i]);
        p = next;
    }
    free(words);
    free(page);
    ek_replay_close(replay);
}

static void the_same_recording_gives_the_same_bytes(void **state)
{
    struct ek_replay *replay = record(*state, made_setup());
    char *first = page_of(&replay, 1), *second = page_of(&replay, 1);

    assert_string_equal(first, second);
    free(first);
    free(second);
    ek_replay_close(replay);
}

/* Anything that a browser would fetch. xmlns names namespaces; nothing is fetched for them. */
static void nothing_is_fetched(void **state)
{
    struct ek_replay *replay = record(*state, made_setup());
    char *page = page_of(&replay, 1);
    char *words = words_of(page);

    static const char *const fetching[] = {
        "src=",    "href=\"http", "href=\"//", "url(http", "@import", "<link rel=\"stylesheet\"",
        "<iframe", "srcset=",     "<object",   "<embed",   "action="};
    for (size_t i = 0; i < sizeof fetching / sizeof fetching[0]; i++)
        if (strstr(words, fetching[i]) != NULL)
            fail_msg("the page has %s", fetching[i]);
    assert_has(page, "default-src 'none'");
    assert_has(page, "script-src 'sha256-");
    free(words);
    free(page);
    ek_replay_close(replay);
}

static struct ek_recording_setup hostile_setup(void)
{
    static const struct ek_recorded_endpoint endpoints[] = {
        {IMAGE "1", SCRIPT, "10.0.0.1:80"},
        {IMAGE "2", "</svg></title>", "10.0.0.2:80"},
        {CLOSE "3", "&lt;", "10.0.0.3:80"},
        {"\x1b[31m\xff"
         "4",
         "z'\"", "10.0.0.4:80"},
    };
    static const struct ek_recorded_client clients[] = {{CLOSE, SCRIPT, SCRIPT, IMAGE},
                                                        {IMAGE, "", CLOSE, SCRIPT}};
    static const uint32_t hit[] = {0};
    static const struct ek_recorded_fault faults[] = {
        {SCRIPT, IMAGE, CLOSE, 4 * S, 6 * S, hit, 1, false, 12}};
    struct ek_recording_setup setup = made_setup();
    setup.name = SCRIPT;
    setup.description = CLOSE SCRIPT;
    setup.watch = IMAGE;
    setup.policy = SCRIPT;
    setup.command = "evenkeel run '" SCRIPT "'";
    setup.scenario_json = "{\"name\": \"" SCRIPT "\"}";
    setup.endpoints = endpoints;
    setup.clients = clients;
    setup.faults = faults;
    return setup;
}

static void names_are_only_text(void **state)
{
    struct ek_replay *replay = record(*state, hostile_setup());
    char *page = page_of(&replay, 1);
    size_t scripts = ek_html_has_charts() ? 3 : 2; /* data, uPlot, ours */

    assert_int_equal(count_of(page, "<script"), scripts);
    assert_int_equal(count_of(page, "</script"), scripts);
    assert_int_equal(count_of(page, "</style"), scripts - 1);
    assert_null(strstr(page, "<img"));
    assert_null(strstr(page, "<!--"));
    assert_null(strchr(page, '\x1b'));
    assert_has(page, "<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>");
    assert_has(page, "&quot;&gt;&lt;img onerror=alert(2)&gt;1");
    free(page);
    ek_replay_close(replay);
}

static void several_runs_are_told_apart(void **state)
{
    struct ek_replay *replay = record(*state, made_setup());
    struct ek_replay *const both[] = {replay, replay};
    char *page = page_of(both, 2);

    assert_int_equal(count_of(page, " id=\"compare\""), 1);
    assert_has(page, "all runs met the same calls");
    /* Ids are of one page: no event, no node of a graph may have one twice. */
    assert_has(page, " id=\"A-e1\"");
    assert_has(page, " id=\"B-e1\"");
    assert_int_equal(count_of(page, " id=\"A-e1\""), 1);
    free(page);
    ek_replay_close(replay);
}

static void a_folder_has_nothing_inline(void **state)
{
    static const char *const files[] = {"index.html", "report.css", "report.js",
                                        "data.js",    "uplot.css",  "uplot.js"};
    struct place *place = *state;
    struct ek_replay *replay = record(place, made_setup());
    char folder[100], path[140], why[1200] = "";
    snprintf(folder, sizeof folder, "%s/report", place->folder);

    if (!ek_html_write_folder(&replay, 1, folder, why, sizeof why))
        fail_msg("%s", why);

    for (size_t i = 0; i < (ek_html_has_charts() ? 6 : 4); i++) {
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        assert_int_equal(stat(path, &info), 0);
        assert_true(info.st_size > 0);
    }
    snprintf(path, sizeof path, "%s/index.html", folder);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *page = text_of(file);
    assert_int_equal(count_of(page, "<script"), count_of(page, "<script src=\""));
    assert_null(strstr(page, "<style"));
    assert_null(strstr(page, " style=\""));
    free(page);
    for (size_t i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(folder), 0); /* nothing else was left */
    ek_replay_close(replay);
}

static void a_folder_that_cannot_be_made_is_an_error(void **state)
{
    struct ek_replay *replay = record(*state, made_setup());
    char why[1200] = "";
    assert_false(ek_html_write_folder(&replay, 1, "/dev/null/report", why, sizeof why));
    assert_non_null(strstr(why, "/dev/null/report"));
    ek_replay_close(replay);
}

/* ---- writing ---- */

static char *escaped(const char *text)
{
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    assert_non_null(file);
    ek__html(file, "<i>$</i>", text);
    ek__html_json_string(file, text);
    fclose(file);
    return out;
}

static void text_is_escaped_in_html_and_json(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"a<b>&\"'c", "<i>a&lt;b&gt;&amp;&quot;&#39;c</i>\"a\\u003cb\\u003e\\u0026\\\"'c\""},
        {"x\ny\tz", "<i>x\ny\tz</i>\"x\\u000ay\\u0009z\""},
        {"\x01\x7f", "<i>\xef\xbf\xbd\xef\xbf\xbd</i>\"\\u0001\\u007f\""},
        {"\xff$", "<i>\xef\xbf\xbd$</i>\"\\ufffd$\""},
        {"\xe2\x80\xa8", NULL}, /* a line separator, which old JavaScript ends a string at */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *got = escaped(rows[i].text);
        if (rows[i].wanted != NULL)
            assert_string_equal(got, rows[i].wanted);
        else
            assert_non_null(strstr(got, "\"\\u2028\""));
        free(got);
    }
}

/* ---- packing ---- */

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *p = strchr(digits, c);
    return c == '=' || p == NULL ? 0 : (int)(p - digits);
}

/* Reads what ek__pack_write wrote, the way report.js does. */
static void unpack(const char *text, size_t rows, size_t columns, int32_t *out)
{
    const char *differences = strstr(text, "\"differences\":\"") + 15;
    const char *base64 = strstr(text, "\"bytes\":\"") + 9;
    size_t length = strcspn(base64, "\""), size = 0, count = rows * columns;
    unsigned char *packed = malloc(length), *planes = malloc(4 * count);
    assert_non_null(packed);
    assert_non_null(planes);
    for (size_t i = 0; i < length; i += 4) {
        unsigned word = 0;
        for (size_t k = 0; k < 4; k++)
            word = word << 6 | (unsigned)digit_of(base64[i + k]);
        for (size_t k = 0; k < 3 && (k == 0 || base64[i + k + 1] != '='); k++)
            packed[size++] = (unsigned char)(word >> (16 - 8 * k));
    }
    uLongf plain = (uLongf)(4 * count);
    assert_int_equal(uncompress(planes, &plain, packed, (uLong)size), Z_OK);
    assert_int_equal(plain, 4 * count);
    for (size_t c = 0; c < columns; c++)
        for (size_t i = 0; i < rows; i++) {
            size_t at = c * rows + i;
            uint32_t folded = 0;
            for (size_t plane = 0; plane < 4; plane++)
                folded |= (uint32_t)planes[plane * count + at] << 8 * plane;
            int64_t value = folded & 1 ? -(int64_t)(folded >> 1) - 1 : (int64_t)(folded >> 1);
            if (differences[c] == '1' && i > 0)
                value = (int32_t)(uint32_t)(value + out[at - 1]);
            out[at] = (int32_t)value;
        }
    free(packed);
    free(planes);
}

static void what_is_packed_can_be_unpacked(void **state)
{
    (void)state;
    enum {
        ROWS = 6,
        COLUMNS = 5
    };
    static const int32_t wanted[COLUMNS][ROWS] = {
        {0, 0, 0, 0, 0, 0},
        {1000, 1001, 1002, 1003, 1003, 999}, /* as differences */
        {7, -7, 7, -7, 7, -7},               /* as it is */
        {INT32_MAX, INT32_MIN, -1, 0, 1, INT32_MAX},
        {-1, -1, -1, 5, 5, -1},
    };
    struct ek__pack pack;
    ek__pack_init(&pack, ROWS);
    for (size_t c = 0; c < COLUMNS; c++) {
        int32_t *column = ek__pack_column(&pack);
        assert_non_null(column);
        memcpy(column, wanted[c], sizeof wanted[c]);
        ek__pack_close(&pack);
    }
    FILE *out = new_file();
    assert_true(ek__pack_write(&pack, out));
    char *text = text_of(out);

    int32_t got[COLUMNS * ROWS];
    unpack(text, ROWS, COLUMNS, got);

    assert_memory_equal(got, wanted, sizeof got);
    assert_non_null(strstr(text, "\"rows\":6"));
    free(text);
    ek__pack_deinit(&pack);
}

enum {
    MANY_ENDPOINTS = 50,
    MANY_INTERVALS = 10000
};

/* Poisson-like noise: 0 to 8 attempts for each endpoint in each tenth of a second, 3 on average. */
static void noisy_traffic(struct ek_recorder *r)
{
    struct ek_rng rng = ek_rng_derive(1, "noise", 0);
    for (int64_t i = 0; i < MANY_INTERVALS; i++)
        for (uint32_t e = 0; e < MANY_ENDPOINTS; e++) {
            uint32_t attempts = 0;
            for (int k = 0; k < 8; k++)
                attempts += ek_rng_below(&rng, 8) < 3;
            for (uint32_t k = 0; k < attempts; k++) {
                ek_recorder_attempt_started(r, i * 100 * MS, 0, e, false);
                ek_recorder_attempt_done(r, i * 100 * MS, 0, e, EK_STATUS_OK,
                                         MS + (int64_t)ek_rng_below(&rng, 20000) * 1000);
            }
        }
}

/* What was promised of a page: under 2 MB for 50 endpoints and 10,000 intervals. */
static void a_large_run_stays_below_two_megabytes(void **state)
{
    struct place *place = *state;
    char why[256] = "", names[MANY_ENDPOINTS][8];
    struct ek_recorded_endpoint endpoints[MANY_ENDPOINTS];
    struct ek_recording_setup setup = made_setup();
    for (int e = 0; e < MANY_ENDPOINTS; e++) {
        snprintf(names[e], sizeof names[e], "b%02d", e);
        endpoints[e] = (struct ek_recorded_endpoint){names[e], "z", names[e]};
    }
    setup.endpoints = endpoints;
    setup.endpoint_count = MANY_ENDPOINTS;
    setup.duration_ns = MANY_INTERVALS * 100 * MS;
    setup.interval_ns = 100 * MS;
    setup.path = place->path;
    struct ek_recorder *recorder = ek_recorder_new(&setup);
    assert_non_null(recorder);
    noisy_traffic(recorder);
    struct ek_recording_end end = {.sim_ns = setup.duration_ns};
    assert_int_equal(ek_recorder_finish(recorder, &end, why, sizeof why), EK_OK);
    ek_recorder_free(recorder);
    struct ek_replay *replay = ek_replay_open(place->path, why, sizeof why);
    assert_non_null(replay);
    assert_int_equal(ek_replay_interval_count(replay), MANY_INTERVALS);

    char *page = page_of(&replay, 1);

    assert_in_range(strlen(page), 100000, 2000000);
    const char *keep = getenv("EK_KEEP_PAGE"); /* to look at it, and to time a browser */
    FILE *file = keep != NULL ? fopen(keep, "wb") : NULL;
    if (file != NULL) {
        fputs(page, file);
        fclose(file);
    }
    free(page);
    ek_replay_close(replay);
}

int main(void)
{
#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, drop_place)
    const struct CMUnitTest tests[] = {
        WITH_PLACE(all_parts_are_there),
        WITH_PLACE(a_fault_is_told_in_steps),
        WITH_PLACE(the_same_recording_gives_the_same_bytes),
        WITH_PLACE(nothing_is_fetched),
        WITH_PLACE(names_are_only_text),
        WITH_PLACE(several_runs_are_told_apart),
        WITH_PLACE(a_folder_has_nothing_inline),
        WITH_PLACE(a_folder_that_cannot_be_made_is_an_error),
        cmocka_unit_test(text_is_escaped_in_html_and_json),
        cmocka_unit_test(what_is_packed_can_be_unpacked),
        cmocka_unit_test_setup_teardown(a_large_run_stays_below_two_megabytes, make_place,
                                        drop_place),
    };
    return cmocka_run_group_tests_name("reports/html", tests, NULL, NULL);
}
