// The text of `console.table`.
0, function (native, P, need) {
  'use strict';
  const { Map, MapGet, MapSet, ObjectHasOwn, ObjectKeys, StringIndexOf, StringRepeat, StringSlice } = P;

  const MOST_ROWS = 100;

  const row = (cells, widths) => {
    let line = '|';
    for (let i = 0; i < widths.length; i++) line += ` ${cells[i]}${StringRepeat(' ', widths[i] - cells[i].length)} |`;
    return line;
  };

  const short = (value) => {
    const text = need('inspect').inspect(value, { __proto__: null, depth: 0 }, 60);
    return StringIndexOf(text, '\n') < 0 ? StringSlice(text, 0, 60) : '…';
  };

  // Rows of cells: the index, then one column for each key, then plain values.
  const table = (data) => {
    const columns = new Map();
    const rows = need('lists').list();
    const keys = ObjectKeys(data);
    let values = false;
    for (let i = 0; i < keys.length && i < MOST_ROWS; i++) {
      const value = data[keys[i]];
      const isRow = typeof value === 'object' && value !== null;
      values = values || !isRow;
      const names = isRow ? ObjectKeys(value) : [];
      for (let j = 0; j < names.length && j < 20; j++) {
        if (MapGet(columns, names[j]) === undefined) MapSet(columns, names[j], P.MapSize(columns) + 1);
      }
      rows[i] = { __proto__: null, key: keys[i], value, isRow };
    }
    const width = P.MapSize(columns) + 1 + (values ? 1 : 0);
    const cells = need('lists').list();
    const header = need('lists').filled(width, '');
    header[0] = '(index)';
    P.MapForEach(columns, (at, name) => { header[at] = StringSlice(name, 0, 60); });
    if (values) header[width - 1] = 'Values';
    cells[0] = header;
    for (let i = 0; i < rows.length; i++) {
      const line = need('lists').filled(width, '');
      line[0] = rows[i].key;
      if (!rows[i].isRow) line[width - 1] = short(rows[i].value);
      else {
        P.MapForEach(columns, (at, name) => {
          if (ObjectHasOwn(rows[i].value, name)) line[at] = short(rows[i].value[name]);
        });
      }
      cells[i + 1] = line;
    }
    const widths = need('lists').filled(width, 0);
    for (let i = 0; i < cells.length; i++) {
      for (let j = 0; j < width; j++) widths[j] = P.MathMax(widths[j], cells[i][j].length);
    }
    let text = row(cells[0], widths);
    let rule = '|';
    for (let j = 0; j < width; j++) rule += `${StringRepeat('-', widths[j] + 2)}|`;
    text += `\n${rule}`;
    for (let i = 1; i < cells.length; i++) text += `\n${row(cells[i], widths)}`;
    return text;
  };

  return { __proto__: null, table };
};
