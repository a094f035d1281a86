-- Every printed statistic leads to its source: a bookmark in Word, a link in the PDF to its row in the
-- list of numbers, which is a page beside the document. In HTML the page itself explains its numbers.
--
-- What is known about the statistics is in assets/origins.json, which the renderer writes, and the name
-- of the list is in the header, as `numbers`; without either there are bookmarks, but no links.

local format, write = ...
local raw_inline, typst_string = write.raw_inline, write.typst_string

local TITLE = "Where Each Number Comes From"
local WORDS = ", beside this document, lists each number that the data give once, in the order of the text,"
  .. " with its value before rounding and the rule of the workflow that computes it; "
local SHOWN = " shows it as a page. The command "
local COMMAND = "attune explain"
local AFTER = ", followed by the id of a statistic, prints its formula, data, choices, and code."

local known -- id -> { value, rule }
local list -- name of the list of numbers, without its ending
local places = 0 -- statistics printed so far
local n_known = 0 -- those that the list holds

local file = io.open("assets/origins.json", "r")
if file then
  known = pandoc.json.decode(file:read("a"), false)
  file:close()
end

-- The name that attune.record.provenance.explanations gives.
local function bookmark(id)
  return "stat_" .. pandoc.utils.sha1(id):sub(1, 16) .. "_" .. places
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
  local is_listed = known and list and ids[1] and known[ids[1]]
  if is_listed then n_known = n_known + 1 end
  if format == "openxml" then
    for i = #ids, 1, -1 do -- the first id is the outermost, so that bookmarks have the order of the ids
      span = pandoc.Span({ span }, pandoc.Attr(bookmark(ids[i])))
    end
  elseif format == "typst" and is_listed then
    span.content:insert(1, raw_inline("#link(" .. typst_string(list .. ".html#" .. ids[1]) .. ')[#"";'))
    span.content:insert(raw_inline("];"))
  end
  return span
end

-- The blocks that end a document: where the list of its numbers is.
local function last_words()
  if n_known == 0 then return {} end
  local function file(ending)
    local name = list .. ending
    return pandoc.Link({ write.code(name) }, name)
  end
  local words = pandoc.Para({ pandoc.Str("The file "), file(".csv"), pandoc.Str(WORDS), file(".html"),
    pandoc.Str(SHOWN), write.code(COMMAND), pandoc.Str(AFTER) })
  return pandoc.Blocks({ pandoc.Header(1, TITLE, pandoc.Attr("", { "unnumbered" })),
    format == "html" and words or words:walk({ Link = function(link) return link.content end }) })
end

local function named(name)
  if name ~= "" then list = name end
end

return { mark = mark, last_words = last_words, named = named }
