-- JATS: tables, figures and the front of the article, by the Archiving tag set, which needs no journal.

local stringify = pandoc.utils.stringify
local write, front_of_paper = ...
local raw, raw_inline = write.raw, write.raw_inline

local CREDIT = {}
for _, term in ipairs({
  "Conceptualization", "Data curation", "Formal analysis", "Funding acquisition", "Investigation",
  "Methodology", "Project administration", "Resources", "Software", "Supervision", "Validation",
  "Visualization", "Writing – original draft", "Writing – review & editing",
}) do
  local name = term:gsub("[–&]", ""):gsub("%s+", "-"):lower()
  CREDIT[name] = { term = term, address = "https://credit.niso.org/contributor-roles/" .. name .. "/" }
end
local ROLE_ALIASES = { ["conceptualisation"] = "conceptualization", ["visualisation"] = "visualization" }

local FN_TYPES = { { "disclosure", "other" }, { "conflicts", "coi-statement" },
  { "ethics", "ethics-statement" }, { "data", "data-availability" }, { "verdicts", "other" } }

local function escaped(text)
  return (text:gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

local function element(name, attributes, content)
  local open = name
  for i = 1, #attributes, 2 do
    if attributes[i + 1] then open = open .. " " .. attributes[i] .. '="' .. escaped(attributes[i + 1]) .. '"' end
  end
  return "<" .. open .. ">" .. content .. "</" .. name .. ">"
end

---------------------------------------------------------------- tables and figures

-- Inlines as the writer sets them, without the paragraph that it puts around.
local function written(inlines)
  local text = pandoc.write(pandoc.Pandoc({ pandoc.Plain(inlines) }), "jats_archiving",
    pandoc.WriterOptions({ wrap_text = "none" }))
  return (text:gsub("^%s*<p>", ""):gsub("</p>%s*$", ""))
end

local function cell_attributes(model, cell, at)
  local align = cell.span > 1 and (cell.group and "left" or "center") or model.columns[at].align
  return ' align="' .. align .. '"' .. (cell.indented and ' content-type="indented"' or "")
end

local function table_blocks(model)
  local open = '<table frame="hsides" rules="groups">'
  return { raw(written(write.markup_table(model, open, cell_attributes))) }
end

local function caption(part)
  return raw("<label>" .. part.number .. "</label>\n<caption><title>" .. written(part.title) .. "</title>")
end

-- Label, caption, body, note.
local function compose(part)
  local is_table = part.kind == "table"
  local blocks = pandoc.Blocks({
    raw("<" .. (is_table and "table-wrap" or "fig") .. ' id="' .. part.anchor .. '">'), caption(part),
  })
  if not is_table and part.note then blocks:extend(part.note) end
  blocks:insert(raw("</caption>"))
  blocks:extend(part.body)
  if is_table and part.note then
    blocks:insert(raw("<table-wrap-foot>"))
    blocks:extend(part.note)
    blocks:insert(raw("</table-wrap-foot>"))
  end
  blocks:insert(raw("</" .. (is_table and "table-wrap" or "fig") .. ">"))
  return blocks
end

local function graphic(source, described)
  local kind = source:match("%.(%w+)$") or "png"
  return { raw(element("alt-text", {}, escaped(described)) .. '\n<graphic mimetype="image" mime-subtype="'
    .. kind .. '" xlink:href="' .. escaped(source) .. '"/>') }
end

---------------------------------------------------------------- running text

local REF_TYPES = { table = "table", figure = "fig", sec = "sec", ref = "bibr" }

-- A statistic keeps its id: a store of statistics is the vocabulary of its terms.
local function statistic(span)
  local ids = span.attributes["data-id"] or span.attributes.id or ""
  local inlines = pandoc.Inlines({ raw_inline('<named-content content-type="statistic" vocab="attune"'
    .. ' vocab-term-identifier="' .. escaped(ids) .. '">') })
  inlines:extend(span.content)
  inlines:insert(raw_inline("</named-content>"))
  return inlines
end

local function cross_reference(link)
  local kind = link.target:match("^#(%a+)%-")
  if not (kind and REF_TYPES[kind]) then return nil end
  return pandoc.Inlines({ raw_inline('<xref ref-type="' .. REF_TYPES[kind] .. '" rid="'
    .. escaped(link.target:sub(2)) .. '">') }) .. link.content .. { raw_inline("</xref>") }
end

-- The abstract goes into the front; the list of references is no section of the body.
local function take_abstract(blocks)
  local abstract, body, section = pandoc.Blocks({}), pandoc.Blocks({}), nil
  for _, block in ipairs(blocks) do
    if block.t == "Header" and block.level == 1 then section = stringify(block.content) end
    if section == "Abstract" then
      if block.t ~= "Header" then abstract:insert(block) end
    elseif not (section == "References" and block.t == "Header") then
      body:insert(block)
    end
  end
  return abstract, body
end

---------------------------------------------------------------- front

local function role_element(role)
  local name = role:gsub("[–&]", ""):gsub("%s+", "-"):gsub("%-+", "-"):lower()
  local known = CREDIT[ROLE_ALIASES[name] or name]
  if not known then return element("role", {}, escaped(role)) end
  return element("role", { "vocab", "credit", "vocab-identifier", "https://credit.niso.org/", "vocab-term",
    known.term, "vocab-term-identifier", known.address }, escaped(known.term))
end

local function contributor(author, front)
  local parts, numbered = {}, #front.affiliations > 0
  local function add(text) parts[#parts + 1] = text end
  if author.orcid then
    add(element("contrib-id", { "contrib-id-type", "orcid" }, "https://orcid.org/" .. author.orcid))
  end
  if author.family then
    add(element("name", {}, element("surname", {}, escaped(author.family))
      .. (author.given and element("given-names", {}, escaped(author.given)) or "")))
  else
    add(element("string-name", {}, escaped(author.name)))
  end
  for _, role in ipairs(author.roles) do add(role_element(role)) end
  if author.email then add(element("email", {}, escaped(author.email))) end
  for _, number in ipairs(numbered and author.numbers or {}) do
    add(element("xref", { "ref-type", "aff", "rid", "aff" .. number }, "<sup>" .. number .. "</sup>"))
  end
  if author.corresponding and front_of_paper.correspondence(front) then
    add(element("xref", { "ref-type", "corresp", "rid", "correspondence" }, "*"))
  end
  return element("contrib", { "contrib-type", "author", "corresp", author.corresponding and "yes" },
    "\n" .. table.concat(parts, "\n") .. "\n")
end

local function affiliation(place, number)
  local parts = { element("institution", {}, escaped(place.name or "")) }
  if place.city then parts[#parts + 1] = element("city", {}, escaped(place.city)) end
  if place.country then parts[#parts + 1] = element("country", {}, escaped(place.country)) end
  return element("aff", { "id", "aff" .. number }, "<label>" .. number .. "</label>" .. table.concat(parts, ", "))
end

local function contributors(front)
  local parts = {}
  for i, author in ipairs(front.authors) do parts[i] = contributor(author, front) end
  if front.masked then parts[1] = '<contrib contrib-type="author"><anonymous/></contrib>' end
  if #parts == 0 then return "" end
  for number, place in ipairs(front.affiliations) do parts[#parts + 1] = affiliation(place, number) end
  return element("contrib-group", {}, "\n" .. table.concat(parts, "\n") .. "\n")
end

-- The pieces of the front that the template places.
local function front_matter(front)
  local notes, words = pandoc.Inlines({}), pandoc.Inlines({})
  local function put(list, open, content, close)
    list:insert(raw_inline(open))
    list:extend(content)
    list:insert(raw_inline(close))
  end
  local address = front_of_paper.correspondence(front)
  if address then put(notes, '<corresp id="correspondence">', address, "</corresp>\n") end
  for _, pair in ipairs(FN_TYPES) do
    local content = front.note[pair[1]]
    if content then put(notes, '<fn fn-type="' .. pair[2] .. '"><p>', content, "</p></fn>\n") end
  end
  for _, word in ipairs(front.keywords) do put(words, "<kwd>", word, "</kwd>\n") end
  return {
    contributors = raw_inline(contributors(front)),
    ["author-notes"] = #notes > 0 and notes or nil,
    keywords = #words > 0 and words or nil,
    funding = front.note.funding,
  }
end

return {
  table_blocks = table_blocks, compose = compose, graphic = graphic, statistic = statistic,
  cross_reference = cross_reference, take_abstract = take_abstract, front_matter = front_matter,
}
