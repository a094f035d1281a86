-- Every printed statistic leads to its source: a bookmark in Word, a link in the PDF, and in both an
-- appendix that lists each statistic once. In HTML the page itself explains its numbers.
--
-- What is known about the statistics is in assets/origins.json, which the renderer writes; without it
-- there are bookmarks, but no links and no appendix.

local format, write, tables = ...
local raw, raw_inline, typst_string = write.raw, write.raw_inline, write.typst_string

local TITLE = "Where Each Number Comes From"
local WORDS = "Each number that the data give is listed once, in the order of the text, with its value"
  .. " before rounding and the rule of the workflow that computes it. "
local COMMAND = "attune explain"
local AFTER = " and the name of the statistic tell its formula, code, choices and files."
local HEADINGS = { "No.", "Statistic", "Value", "Rule" }
local WIDTHS = { 0.06, 0.52, 0.22, 0.2 } -- in Word: no value of all digits is broken
local LONG = 60 -- characters of an id that still fit beside the other columns

local known -- id -> { value, rule }
local entries = {} -- ids in the order of the text
local number_of = {} -- id -> its place in entries
local places = 0 -- statistics printed so far
local bookmark_of = {} -- id -> its first bookmark

local file = io.open("assets/origins.json", "r")
if file then
  known = pandoc.json.decode(file:read("a"), false)
  file:close()
end

local function enter(id)
  if known and known[id] and not number_of[id] then
    entries[#entries + 1] = id
    number_of[id] = #entries
  end
  return number_of[id]
end

-- The name that attune.record.provenance.explanations gives.
local function bookmark(id)
  local name = "stat_" .. pandoc.utils.sha1(id):sub(1, 16) .. "_" .. places
  bookmark_of[id] = bookmark_of[id] or name
  return name
end

local function ids_of(span)
  local ids = {}
  for id in (span.attributes["data-id"] or span.attributes.id or ""):gmatch("%S+") do
    ids[#ids + 1] = id
  end
  return ids
end

-- Called for every printed statistic, in the order of the text.
local function mark(span)
  local ids = ids_of(span)
  places = places + 1
  for _, id in ipairs(ids) do enter(id) end
  if format == "openxml" then
    for _, id in ipairs(ids) do
      span = pandoc.Span({ span }, pandoc.Attr(bookmark(id)))
    end
  elseif format == "typst" and ids[1] and number_of[ids[1]] then
    span.content:insert(1, raw_inline("#link(<origin-" .. number_of[ids[1]] .. '>)[#"";'))
    span.content:insert(raw_inline("];"))
  end
  return span
end

local function typst_id(id)
  if #id <= LONG then return "#" .. typst_string(id) .. ";" end
  -- A line may end behind each point, without a sign that would be copied along.
  return (id:gsub("[^.]+%.?", function(part) return "#" .. typst_string(part) .. ";#h(0pt);" end))
end

local function typst_table()
  local cells = {}
  for number, id in ipairs(entries) do
    cells[number] = string.format("[#metadata(none) <origin-%d>%d], [%s], [#%s], [#%s],", number,
      number, typst_id(id), typst_string(known[id].value), typst_string(known[id].rule))
  end
  return { raw("#apa-table(small: true, columns: (auto, 1fr, auto, auto), align: (right, left, left,"
    .. " left), table.header([" .. table.concat(HEADINGS, "], [")
    .. "], table.hline(stroke: 0.5pt)),\n" .. table.concat(cells, "\n") .. "\n)") }
end

local function word_table()
  local function cells(...)
    local row = {}
    for i, inlines in ipairs({ ... }) do row[i] = { pandoc.Plain(inlines) } end
    return row
  end
  local rows = {}
  for number, id in ipairs(entries) do
    rows[number] = cells({ pandoc.Link(tostring(number), "#" .. bookmark_of[id]) },
      { pandoc.Str(id) }, { pandoc.Str(known[id].value) }, { pandoc.Str(known[id].rule) })
  end
  local headings = {}
  for i, heading in ipairs(HEADINGS) do headings[i] = { pandoc.Str(heading) } end
  local left = pandoc.AlignDefault
  local simple = pandoc.SimpleTable({}, { left, left, left, left }, { 0, 0, 0, 0 },
    cells(table.unpack(headings)), rows)
  local model = tables.read(pandoc.utils.from_simple_table(simple), "portrait")
  model.small = true
  for i, width in ipairs(WIDTHS) do model.columns[i].width = width end
  return tables.write.openxml(model, "portrait")
end

-- The blocks that end a document.
local function appendix(page_break)
  if format == "html" or format == "jats" or #entries == 0 then return {} end
  local blocks = pandoc.Blocks({
    page_break,
    pandoc.Header(1, TITLE, pandoc.Attr("", { "unnumbered" })),
    pandoc.Para({ pandoc.Str(WORDS), write.code(COMMAND), pandoc.Str(AFTER) }),
  })
  blocks:extend(format == "typst" and typst_table() or word_table())
  return blocks
end

return { mark = mark, appendix = appendix }
