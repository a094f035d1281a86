-- Tables: pipe tables of the document -> one small model -> HTML, Word or Typst.
--
-- The model (columns, heading rows, body rows of cells) is read once and written out three times, so
-- that all formats show the same cells. `read` and the three writers are what apa.lua uses; it
-- gives the pieces that both write with. jats.lua writes its tables with `markup_table`.

local stringify = pandoc.utils.stringify
local format, write = ...
local raw, raw_inline = write.raw, write.raw_inline
local typst_string, styled = write.typst_string, write.styled

-- Characters that fit across a page in the ordinary and in the small table type.
local LINE = { portrait = 84, landscape = 128, small_portrait = 104, small_landscape = 160 }
local LONGEST_LABEL = 34 -- longer cells are wrapped rather than widen their column

local FIGURE_SPACE, PUNCTUATION_SPACE = "\u{2007}", "\u{2008}"

---------------------------------------------------------------- the model of a table

local function cell_inlines(cell)
  return pandoc.utils.blocks_to_inlines(cell.contents)
end

local function is_empty(cell) return stringify(cell.contents) == "" end

-- "Therapist >> *r*" in a heading cell: a shared heading over its columns, and the column's own.
local function split_spanner(inlines)
  for i, inline in ipairs(inlines) do
    if inline.t == "Str" and inline.text == ">>" then
      local over = pandoc.Inlines({ table.unpack(inlines, 1, i - 1) })
      local own = pandoc.Inlines({ table.unpack(inlines, i + 1) })
      while #over > 0 and over[#over].t == "Space" do over:remove(#over) end
      while #own > 0 and own[1].t == "Space" do own:remove(1) end
      return over, own
    end
  end
  return nil, inlines
end

local function read_heading(tbl)
  local over, own, has_spanner = {}, {}, false
  local row = tbl.head.rows[1]
  if not row then return {} end
  for i, cell in ipairs(row.cells) do
    local spanner, inlines = split_spanner(cell_inlines(cell))
    own[i] = { content = inlines, span = 1 }
    local last = over[#over]
    if spanner and last and last.name == stringify(spanner) then
      last.span = last.span + 1
    else
      has_spanner = has_spanner or spanner ~= nil
      over[#over + 1] = { content = spanner or {}, span = 1, name = spanner and stringify(spanner) }
    end
  end
  return has_spanner and { over, own } or { own }
end

local function read_body(tbl)
  local rows, in_group = {}, false
  for _, body in ipairs(tbl.bodies) do
    for _, row in ipairs(body.body) do
      local cells, only_first = {}, #row.cells > 1 and not is_empty(row.cells[1])
      for i, cell in ipairs(row.cells) do
        cells[i] = { content = cell_inlines(cell), span = 1 }
        only_first = only_first and (i == 1 or is_empty(cell))
      end
      local first = cells[1].content[1]
      if only_first then
        cells = { { content = cells[1].content, span = #row.cells, group = true } }
      elseif first and first.t == "Strong" then
        in_group = false
      end
      cells[1].indented = in_group and not only_first
      in_group = in_group or only_first
      rows[#rows + 1] = cells
    end
  end
  return rows
end

-- The part of a number after its integer digits: ".46**" of "−1.46**"; nil for other text.
local function tail_of(text)
  local bare = text:gsub("\u{2212}", ""):gsub("[<>=+%-%s]", ""):gsub("\u{a0}", "")
  return bare:match("^[%d,]*(%.?%d*)([*a-c\u{2020}\u{2021}]*)$")
end

-- Characters that each number lacks behind its point, so that right-aligned points stand in line;
-- other text (a dash, an interval) lacks only the marks.
local function add_padding(rows, columns)
  for i, column in ipairs(columns) do
    local longest, most_marks, tails = "", "", {}
    for r, row in ipairs(rows) do
      local text = row[i] and not row[1].group and stringify(row[i].content) or ""
      if column.align == "right" and text ~= "" then
        local fraction, marks = tail_of(text)
        tails[r] = { fraction, marks or "" }
        if #(fraction or "") > #longest then longest = fraction end
        if #(marks or "") > #most_marks then most_marks = marks end
      end
    end
    for r, tail in pairs(tails) do
      local digits = tail[1] and longest:sub(#tail[1] + 1) or ""
      rows[r][i].pad = digits .. most_marks:sub(#tail[2] + 1)
    end
    column.pad = column.align == "right" and most_marks or nil
  end
end

-- Digits, points and brackets are narrower than the average letter.
local NARROW = 0.8

local function length(text)
  return (utf8.len(text) or #text) * (text:match("%a") and 1 or NARROW)
end

local function longest_word(text)
  local longest = 0
  for word in text:gmatch("%S+") do longest = math.max(longest, length(word)) end
  return longest
end

-- The fewest characters that each column needs, and how many it would take: no column is narrower
-- than its longest word.
local function column_lengths(model)
  local least, wanted = {}, {}
  for i = 1, #model.columns do least[i], wanted[i] = 3, 3 end
  local function measure(row)
    local at = 1
    for _, cell in ipairs(row) do
      if cell.span == 1 then
        local text = stringify(cell.content) .. (cell.pad or "") .. (cell.indented and "  " or "")
        least[at] = math.max(least[at], longest_word(text) + 1)
        wanted[at] = math.max(wanted[at], math.min(length(text), LONGEST_LABEL) + 1)
      end
      at = at + cell.span
    end
  end
  for _, row in ipairs(model.heading) do measure(row) end
  for _, row in ipairs(model.body) do measure(row) end
  local sum_least, sum_wanted = 0, 0
  for i = 1, #least do
    wanted[i] = math.max(wanted[i], least[i]) + 2 -- the gap between columns
    least[i] = least[i] + 2
    sum_least, sum_wanted = sum_least + least[i], sum_wanted + wanted[i]
  end
  return least, wanted, sum_least, sum_wanted
end

-- Shares of the line by the length of the contents.
local function set_widths(model, page)
  local least, wanted, sum_least, sum_wanted = column_lengths(model)
  model.small = sum_wanted > LINE[page] * 1.15 or sum_least > LINE[page]
  local line = model.small and LINE["small_" .. page] or LINE[page]
  local give = 1
  if sum_wanted > line then
    give = math.max(0, (line - sum_least) / math.max(1, sum_wanted - sum_least))
  end
  local total = 0
  for i, column in ipairs(model.columns) do
    column.width = least[i] + give * (wanted[i] - least[i])
    total = total + column.width
  end
  for _, column in ipairs(model.columns) do column.width = column.width / total end
end

-- Whether the columns of a table have room side by side on an upright page, in the small type.
local function fits_upright(tbl)
  local model = { columns = {}, heading = read_heading(tbl), body = read_body(tbl) }
  for i = 1, #tbl.colspecs do model.columns[i] = {} end
  local _, _, sum_least = column_lengths(model)
  return sum_least <= LINE.small_portrait
end

local ALIGNMENTS = { AlignRight = "right", AlignCenter = "center" }

local function read(tbl, page)
  local model = { columns = {}, heading = read_heading(tbl), body = read_body(tbl) }
  for i, spec in ipairs(tbl.colspecs) do
    model.columns[i] = { align = ALIGNMENTS[spec[1]] or "left" }
  end
  if format == "jats" then return model end -- whoever sets the table lays it out
  add_padding(model.body, model.columns)
  for i, cell in ipairs(model.heading[#model.heading] or {}) do
    cell.pad = model.columns[i].pad
  end
  set_widths(model, page)
  return model
end

local function alignment(model, cell, at)
  if cell.span > 1 then return cell.group and "left" or "center" end
  return model.columns[at].align
end

---------------------------------------------------------------- HTML

-- A row of HTML or JATS: `attributes` writes those of a cell, `after` what follows its content.
local function markup_row(model, row, in_head, attributes, after)
  local cells, at = pandoc.Inlines({ raw_inline("<tr>") }), 1
  for i, cell in ipairs(row) do
    -- A heading without words would be read out as one.
    local name = (in_head or i == 1) and #cell.content > 0 and "th" or "td"
    cells:insert(raw_inline("<" .. name .. attributes(model, cell, at, name, in_head)
      .. (cell.span > 1 and ' colspan="' .. cell.span .. '"' or "") .. ">"))
    cells:extend(cell.content)
    if after then cells:extend(after(cell)) end
    cells:insert(raw_inline("</" .. name .. ">"))
    at = at + cell.span
  end
  cells:insert(raw_inline("</tr>\n"))
  return cells
end

-- A whole table of HTML or JATS; `open` is its first tag.
local function markup_table(model, open, attributes, after)
  local inlines = pandoc.Inlines({ raw_inline(open .. "\n<thead>\n") })
  for _, row in ipairs(model.heading) do
    inlines:extend(markup_row(model, row, true, attributes, after))
  end
  inlines:insert(raw_inline("</thead>\n<tbody>\n"))
  for _, row in ipairs(model.body) do
    inlines:extend(markup_row(model, row, false, attributes, after))
  end
  inlines:insert(raw_inline("</tbody>\n</table>"))
  return inlines
end

local function html_attributes(model, cell, at, name, in_head)
  local class = alignment(model, cell, at) .. (cell.indented and " indented" or "")
    .. (cell.group and " group" or "") .. (in_head and cell.span > 1 and " spanner" or "")
  local scope = name == "th" and (in_head and (cell.span > 1 and "colgroup" or "col")
    or (cell.group and "rowgroup" or "row"))
  return ' class="' .. class .. '"' .. (scope and ' scope="' .. scope .. '"' or "")
end

local function html_padding(cell)
  if not cell.pad or cell.pad == "" then return {} end
  return { raw_inline('<span class="pad" data-pad="' .. cell.pad .. '"></span>') }
end

local function html_table(model)
  return { pandoc.Plain(markup_table(model, "<table>", html_attributes, html_padding)) }
end

---------------------------------------------------------------- Typst

-- A mark at the start of a cell must not begin a list, a heading or an enumeration.
local function typst_cell(model, cell, at)
  local open = cell.span > 1 and "table.cell(colspan: " .. cell.span .. ", align: "
    .. alignment(model, cell, at) .. ")[" or "["
  local inlines = pandoc.Inlines({ raw_inline(open .. (cell.indented and "#pad(left: 1em)[" or "") .. '#"";') })
  inlines:extend(cell.content)
  if cell.pad and cell.pad ~= "" then
    inlines:insert(raw_inline("#hide(" .. typst_string(cell.pad) .. ")"))
  end
  inlines:insert(raw_inline((cell.indented and "]" or "") .. "],"))
  return inlines
end

local function typst_row(model, row, heading)
  local inlines, at = pandoc.Inlines({}), 1
  for _, cell in ipairs(row) do
    if heading and cell.span > 1 then
      inlines:insert(raw_inline("table.cell(colspan: " .. cell.span .. ", align: center, spanner["))
      inlines:extend(cell.content)
      inlines:insert(raw_inline("]),"))
    else
      inlines:extend(typst_cell(model, cell, at))
    end
    at = at + cell.span
  end
  inlines:insert(raw_inline("\n"))
  return inlines
end

-- The last row and the note are the foot of the table, so that no page begins with the note alone.
local function typst_foot(model, note)
  local inlines = pandoc.Inlines({ raw_inline("table.footer(repeat: false,\n") })
  inlines:extend(typst_row(model, model.body[#model.body]))
  inlines:insert(raw_inline("table.hline(stroke: 0.8pt),\ntable.cell(colspan: " .. #model.columns
    .. ", align: left, inset: (x: 0pt, top: 6pt, bottom: 0pt), apa-note["))
  local blocks = pandoc.Blocks({ pandoc.Plain(inlines) })
  blocks:extend(note)
  blocks:insert(raw("])))"))
  return blocks
end

local function typst_table(model, _, note)
  local widths, sides = {}, {}
  for i, column in ipairs(model.columns) do
    widths[i] = string.format("%.1ffr", column.width * 100)
    sides[i] = column.align
  end
  local inlines = pandoc.Inlines({ raw_inline("#apa-table(small: " .. tostring(model.small)
    .. ", columns: (" .. table.concat(widths, ", ") .. ",), align: ("
    .. table.concat(sides, ", ") .. ",),\ntable.header(") })
  for _, row in ipairs(model.heading) do inlines:extend(typst_row(model, row, true)) end
  inlines:insert(raw_inline("table.hline(stroke: 0.5pt)),\n"))
  for i, row in ipairs(model.body) do
    if not note or i < #model.body then inlines:extend(typst_row(model, row)) end
  end
  if note then
    local blocks = pandoc.Blocks({ pandoc.Plain(inlines) })
    blocks:extend(typst_foot(model, note))
    return blocks
  end
  inlines:insert(raw_inline("table.hline(stroke: 0.8pt))"))
  return { pandoc.Plain(inlines) }
end

---------------------------------------------------------------- Word

local TEXT_WIDTH = { portrait = 9360, landscape = 12960 } -- twentieths of a point, letter page

-- Word counts in whole twentieths of a point.
local function twips(share, page) return math.floor(share * TEXT_WIDTH[page] + 0.5) end

local WORD_STYLES = {
  left = "Table Text", center = "Table Centered", right = "Table Number",
  indented = "Table Text Indented",
}

-- Word's font is fixed, so characters as wide as the missing ones keep the points in line.
local function word_padding(pad)
  return pandoc.Str((pad:gsub("%.", PUNCTUATION_SPACE):gsub("[%d*a-c]", FIGURE_SPACE)))
end

local function word_cell(model, cell, at, page, rule)
  local width = 0
  for i = at, at + cell.span - 1 do width = width + model.columns[i].width end
  local properties = string.format('<w:tcW w:w="%d" w:type="dxa"/>', twips(width, page))
  if cell.span > 1 then properties = properties .. '<w:gridSpan w:val="' .. cell.span .. '"/>' end
  if rule then
    properties = properties .. '<w:tcBorders><w:bottom w:val="single" w:sz="4" w:space="0"'
      .. ' w:color="000000"/></w:tcBorders>'
  end
  local style = WORD_STYLES[cell.indented and "indented" or alignment(model, cell, at)]
  local content = pandoc.Inlines(cell.content)
  if cell.pad and cell.pad ~= "" then content:insert(word_padding(cell.pad)) end
  -- Pandoc drops an empty paragraph, but a cell without one is not valid.
  local paragraph = #content == 0 and raw('<w:p><w:pPr><w:pStyle w:val="TableText"/></w:pPr></w:p>')
    or styled(style .. (model.small and " Small" or ""), { pandoc.Para(content) })
  return {
    raw("<w:tc><w:tcPr>" .. properties .. '<w:vAlign w:val="bottom"/></w:tcPr>'),
    paragraph,
    raw("</w:tc>"),
  }
end

local function word_row(model, row, page, heading, last_heading)
  local blocks, at = pandoc.Blocks({ raw("<w:tr><w:trPr><w:cantSplit/>"
    .. (heading and "<w:tblHeader/>" or "") .. "</w:trPr>") }), 1
  for _, cell in ipairs(row) do
    local rule = heading and (last_heading or cell.span > 1)
    blocks:extend(word_cell(model, cell, at, page, rule))
    at = at + cell.span
  end
  blocks:insert(raw("</w:tr>"))
  return blocks
end

local function word_table(model, page)
  local grid = {}
  for i, column in ipairs(model.columns) do
    grid[i] = string.format('<w:gridCol w:w="%d"/>', twips(column.width, page))
  end
  local blocks = pandoc.Blocks({ raw('<w:tbl><w:tblPr><w:tblStyle w:val="ApaTable"/>'
    .. string.format('<w:tblW w:w="%d" w:type="dxa"/>', TEXT_WIDTH[page])
    .. '<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>'
    .. table.concat(grid) .. "</w:tblGrid>") })
  for i, row in ipairs(model.heading) do
    blocks:extend(word_row(model, row, page, true, i == #model.heading))
  end
  for _, row in ipairs(model.body) do blocks:extend(word_row(model, row, page)) end
  blocks:insert(raw("</w:tbl>"))
  return blocks
end

return {
  read = read, fits_upright = fits_upright, markup_table = markup_table,
  write = { html = html_table, typst = typst_table, openxml = word_table },
}
