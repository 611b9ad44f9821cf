/* The series and events, unpacked: see pack.c and data.c. */
const inflate = async (text) => {
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

/* Planes of bytes, signs folded into the lowest bit, some columns as differences: see pack.c. */
const unpack = async (series) => {
  const bytes = await inflate(series.bytes), rows = series.rows, count = rows * series.differences.length;
  const columns = [];
  for (let c = 0; c < series.differences.length; c++) {
    const column = new Int32Array(rows), differs = series.differences[c] === "1";
    for (let i = 0, last = 0; i < rows; i++) {
      const at = c * rows + i;
      const word = (bytes[at] | bytes[count + at] << 8 | bytes[2 * count + at] << 16 | bytes[3 * count + at] << 24) >>> 0;
      const value = (word >>> 1) ^ -(word & 1);
      last = differs ? (last + value) | 0 : value;
      column[i] = last;
    }
    columns.push(column);
  }
  return columns;
};

const load = async (run, number) => {
  const columns = await unpack(run.series);
  run.number = number;
  run.rows = run.series.rows;
  COLUMNS.forEach((name, i) => { run[name] = columns[i]; });
  run.states = columns.slice(COLUMNS.length, COLUMNS.length + STATES.length);
  run.cells = run.endpoints.map((_, e) => {
    const at = COLUMNS.length + STATES.length + 3 * e;
    return { attempts: columns[at], errors: columns[at + 1], state: columns[at + 2] };
  });
  const text = new TextDecoder().decode(await inflate(run.events));
  run.log = text === "" ? [] : text.trimEnd().split("\n").map((line) => {
    const [id, at, kind, fault, what] = line.split("\t");
    return { id, at: at / 1e6, kind, fault: fault === "" ? null : run.faults[fault], what };
  });
  run.step = run.interval / 1e6;
};
