-- Who wrote a document: the front of the paper from its YAML header, in the manner of APA 7.
--
-- Keys of the header: `author` (names, or maps with name or given and family, orcid, email,
-- corresponding, roles, affiliations), `affiliations` (id, name, city, country), `keywords`,
-- `author-note` (disclosure, conflicts, funding, ethics, data, acknowledgments, correspondence, and
-- verdicts: where the page of verdicts is).
-- `masked: true` leaves out everything that names a person.

local stringify = pandoc.utils.stringify

local NOTE_ORDER = { "disclosure", "conflicts", "funding", "ethics", "data", "acknowledgments" }
-- Names nobody, so that masked documents keep it.
local VERDICTS = "verdicts"
local IDENTIFYING = {
  ["acknowledgments"] = true, ["acknowledgements"] = true, ["author note"] = true,
  ["author contributions"] = true,
}

local problems = {}

local function complain(sentence) problems[#problems + 1] = sentence end

local function report()
  for _, sentence in ipairs(problems) do io.stderr:write("front.lua: " .. sentence .. "\n") end
  if #problems > 0 then os.exit(1) end
end

---------------------------------------------------------------- reading the header

local function items(value)
  if value == nil then return {} end
  return pandoc.utils.type(value) == "List" and value or { value }
end

local function text_of(value)
  if value == nil then return nil end
  local text = stringify(value)
  return text ~= "" and text or nil
end

-- A text of the header as inlines, whether it is one line or several paragraphs.
local function inlines_of(value)
  if value == nil then return nil end
  local kind = pandoc.utils.type(value)
  local inlines = kind == "Inlines" and value or kind == "Blocks"
    and pandoc.utils.blocks_to_inlines(value, { pandoc.Space() })
    or pandoc.Inlines({ pandoc.Str(stringify(value)) })
  return #inlines > 0 and inlines or nil
end

local function is_map(value) return pandoc.utils.type(value) == "table" end

local function orcid_of(author, name)
  local written = text_of(author.orcid)
  if not written then return nil end
  local id = written:match("(%d%d%d%d%-%d%d%d%d%-%d%d%d%d%-%d%d%d[%dX])/?$")
  if not id then
    complain("the ORCID of " .. name .. " is " .. written
      .. "; write its four groups, such as 0000-0002-1825-0097")
  end
  return id
end

local function read_author(given)
  if not is_map(given) then return { name = stringify(given), affiliations = {}, roles = {} } end
  local named = is_map(given.name) and given.name or given
  local first, last = text_of(named.given), text_of(named.family)
  local literal = not is_map(given.name) and text_of(given.name) or text_of(named.literal)
  local name = literal or table.concat({ first or "", last or "" }, " "):match("^%s*(.-)%s*$")
  if name == "" then complain("an author has no name; give name, or given and family") end
  local author = {
    name = name, given = first, family = last, email = text_of(given.email),
    corresponding = given.corresponding == true or text_of(given.corresponding) == "true",
    affiliations = {}, roles = {},
  }
  author.orcid = orcid_of(given, name)
  for _, role in ipairs(items(given.roles)) do author.roles[#author.roles + 1] = stringify(role) end
  for _, place in ipairs(items(given.affiliations)) do
    local id = is_map(place) and (place.ref or place.id or place.name) or place
    author.affiliations[#author.affiliations + 1] = stringify(id)
  end
  return author
end

local function read_affiliations(meta)
  local by_id, ids = {}, {}
  for _, given in ipairs(items(meta["paper-affiliations"] or meta.affiliations)) do
    local entry = is_map(given) and given or { name = given }
    local id = text_of(entry.id) or text_of(entry.name) or ""
    by_id[id] = {
      name = text_of(entry.name), city = text_of(entry.city), country = text_of(entry.country),
    }
    ids[#ids + 1] = id
  end
  return by_id, ids
end

-- Affiliations in the order in which the authors name them; each author gets their numbers.
local function number_affiliations(authors, by_id, ids)
  local used, number_of = {}, {}
  for _, author in ipairs(authors) do
    author.numbers = {}
    for _, id in ipairs(author.affiliations) do
      if not by_id[id] and #ids > 0 then
        complain(author.name .. " names the affiliation " .. id .. ", which is not one of "
          .. table.concat(ids, ", "))
      end
      if not number_of[id] then
        used[#used + 1] = by_id[id] or { name = id }
        number_of[id] = #used
      end
      table.insert(author.numbers, number_of[id])
    end
    table.sort(author.numbers)
  end
  return used
end

local function read_note(meta, masked)
  local given, note = is_map(meta["author-note"]) and meta["author-note"] or {}, {}
  for key, value in pairs(given) do
    if not masked or key == VERDICTS then
      note[key == "acknowledgements" and "acknowledgments" or key] = inlines_of(value)
    end
  end
  return note
end

local function read(meta)
  local masked = meta.masked == true or text_of(meta.masked) == "true"
  local front = { masked = masked, authors = {}, affiliations = {}, note = {}, keywords = {} }
  for _, word in ipairs(items(meta.keywords)) do table.insert(front.keywords, inlines_of(word)) end
  if not masked then
    for _, author in ipairs(items(meta["paper-author"] or meta.author)) do
      if not is_map(author) and stringify(author) == "" then goto continue end
      table.insert(front.authors, read_author(author))
      ::continue::
    end
    front.affiliations = number_affiliations(front.authors, read_affiliations(meta))
  end
  front.note = read_note(meta, masked)
  report()
  return front
end

---------------------------------------------------------------- words

local function affiliation_words(place)
  local parts = {}
  for _, part in ipairs({ place.name or false, place.city or false, place.country or false }) do
    if part then parts[#parts + 1] = part end
  end
  return table.concat(parts, ", ")
end

-- Names in a series; semicolons where a name holds a comma itself.
local function series(names)
  local separator = ","
  for _, name in ipairs(names) do
    if name:find(",", 1, true) then separator = ";" end
  end
  if #names < 2 then return names[1] or "" end
  if #names == 2 and separator == "," then return names[1] .. " and " .. names[2] end
  return table.concat(names, separator .. " ", 1, #names - 1) .. separator .. " and "
    .. names[#names]
end

local function names_of(front)
  local names = {}
  for i, author in ipairs(front.authors) do names[i] = author.name end
  return names
end

-- Numbers tell affiliations apart; where all authors share theirs, there are none.
local function needs_numbers(front)
  local first = front.authors[1] and table.concat(front.authors[1].numbers, ",")
  for _, author in ipairs(front.authors) do
    if table.concat(author.numbers, ",") ~= first then return true end
  end
  return false
end

local function byline(front)
  local inlines, numbered = pandoc.Inlines({}), needs_numbers(front)
  local text = series(names_of(front))
  for _, author in ipairs(front.authors) do
    local from, to = text:find(author.name, 1, true)
    inlines:insert(pandoc.Str(text:sub(1, to)))
    text = text:sub(to + 1)
    if numbered and #author.numbers > 0 then
      local behind = text:match("^[,;]") or ""
      inlines:insert(pandoc.Superscript({ pandoc.Str(table.concat(author.numbers, ",")) }))
      inlines:insert(pandoc.Str(behind))
      text = text:sub(#behind + 1)
    end
  end
  return inlines
end

local function affiliation_lines(front)
  local lines, numbered = {}, needs_numbers(front)
  for number, place in ipairs(front.affiliations) do
    local line = pandoc.Inlines({})
    if numbered then line:insert(pandoc.Superscript({ pandoc.Str(tostring(number)) })) end
    line:insert(pandoc.Str(affiliation_words(place)))
    lines[number] = line
  end
  return lines
end

local function closed(inlines)
  local text = stringify(inlines)
  if text:match("[.!?]$") then return inlines end
  local ended = pandoc.Inlines(inlines)
  ended:insert(pandoc.Str("."))
  return ended
end

local function corresponding(front)
  for _, author in ipairs(front.authors) do
    if author.corresponding then return author end
  end
end

local function correspondence(front)
  if front.note.correspondence then return closed(front.note.correspondence) end
  local author = corresponding(front)
  if not (author and author.email) then return nil end
  local place = front.affiliations[author.numbers[1]]
  local words = "Correspondence concerning this article should be addressed to " .. author.name
    .. (place and ", " .. affiliation_words(place) or "") .. ". Email: "
  return pandoc.Inlines({ pandoc.Str(words), pandoc.Link(author.email, "mailto:" .. author.email) })
end

local function contributions(front)
  local entries = {}
  for _, author in ipairs(front.authors) do
    if #author.roles > 0 then
      entries[#entries + 1] = author.name .. ": " .. table.concat(author.roles, ", "):lower()
    end
  end
  return #entries > 0
    and pandoc.Inlines({ pandoc.Str("Author contributions: " .. table.concat(entries, "; ") .. ".") })
end

-- The paragraphs of the author note: ORCID iDs, disclosures, contributions, correspondence.
local function note_paragraphs(front)
  local paragraphs = pandoc.Blocks({})
  for _, author in ipairs(front.authors) do
    if author.orcid then
      local address = "https://orcid.org/" .. author.orcid
      paragraphs:insert(pandoc.Para({ pandoc.Str(author.name .. " "), pandoc.Link(address, address) }))
    end
  end
  local statements = pandoc.Inlines({})
  for _, key in ipairs(NOTE_ORDER) do
    if front.note[key] then
      if #statements > 0 then statements:insert(pandoc.Space()) end
      statements:extend(closed(front.note[key]))
    end
  end
  local verdicts = front.note[VERDICTS]
  for _, inlines in ipairs({
    statements, verdicts and closed(verdicts) or {}, contributions(front) or {}, correspondence(front) or {},
  }) do
    if #inlines > 0 then paragraphs:insert(pandoc.Para(inlines)) end
  end
  return paragraphs
end

local function keyword_line(front)
  if #front.keywords == 0 then return nil end
  local line = pandoc.Inlines({ pandoc.Emph({ pandoc.Str("Keywords:") }), pandoc.Space() })
  for i, word in ipairs(front.keywords) do
    if i > 1 then line:extend({ pandoc.Str(","), pandoc.Space() }) end
    line:extend(word)
  end
  return line
end

---------------------------------------------------------------- masking

local function identifies(classes) return classes:includes("identifying") end

local function without_identifying(blocks)
  blocks = blocks:walk({
    Div = function(div) if identifies(div.classes) then return {} end end,
    Span = function(span) if identifies(span.classes) then return pandoc.Str("[masked]") end end,
  })
  local kept, level = pandoc.Blocks({}), nil
  for _, block in ipairs(blocks) do
    if block.t == "Header" and (not level or block.level <= level) then
      local hidden = identifies(block.classes) or IDENTIFYING[stringify(block.content):lower()]
      level = hidden and block.level or nil
    end
    if not level then kept:insert(block) end
  end
  return kept
end

return {
  read = read, names = names_of, byline = byline, affiliation_lines = affiliation_lines,
  affiliation_words = affiliation_words, needs_numbers = needs_numbers,
  note_paragraphs = note_paragraphs, correspondence = correspondence,
  corresponding = corresponding, keyword_line = keyword_line, series = series,
  without_identifying = without_identifying,
}
