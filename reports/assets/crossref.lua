-- Numbers tables and figures, turns @tbl-x, @fig-x and @sec-x into links, and sets the citations.
--
-- The same filter runs under Quarto (before its own cross-references) and under plain pandoc, so
-- that both print the same numbers and references. A numbered table or figure leaves with the attribute `number`
-- ("Table 1") and an identifier that Quarto does not take for one of its own ("table-x").

local KINDS = {
  tbl = { word = "Table", anchor = "table-" },
  fig = { word = "Figure", anchor = "figure-" },
}

local prefix = "" -- "S" numbers Table S1, Figure S1
local counts = { tbl = 0, fig = 0 }
local targets = {} -- identifier as written -> { text, anchor }
local problems = {}

local function complain(sentence)
  problems[#problems + 1] = sentence
end

local function split(identifier)
  return identifier:match("^(%a%a%a)%-(.+)$")
end

local function remember(identifier, text, anchor)
  if targets[identifier] then
    complain("the identifier #" .. identifier .. " is used twice; give each its own")
  end
  targets[identifier] = { text = text, anchor = anchor }
end

local function number_block(block, wanted)
  local kind, name = split(block.identifier)
  if kind ~= wanted then
    local what = KINDS[wanted].word:lower()
    complain("a " .. what .. " has no {#" .. wanted .. "-...} identifier: "
      .. pandoc.utils.stringify(block.caption.long or {}):sub(1, 60))
    return nil
  end
  counts[kind] = counts[kind] + 1
  local text = KINDS[kind].word .. "\u{a0}" .. prefix .. counts[kind]
  local anchor = KINDS[kind].anchor .. name
  remember(block.identifier, text, anchor)
  block.identifier = anchor
  block.attributes.number = text
  return block
end

-- Quarto leaves the identifier at the end of the caption; pandoc has already put it on the table.
local function number_table(tbl)
  local last_block = tbl.caption.long[#tbl.caption.long]
  local caption = last_block and last_block.content or {}
  local written = #caption > 0 and caption[#caption].t == "Str"
    and caption[#caption].text:match("^{#(tbl%-[^{}%s]+)}$")
  if tbl.identifier == "" and written then
    tbl.identifier = written
    caption:remove(#caption)
    if #caption > 0 and caption[#caption].t == "Space" then caption:remove(#caption) end
    last_block.content = caption
    tbl.caption.long[#tbl.caption.long] = last_block
  end
  return number_block(tbl, "tbl")
end

-- The identifier of a lone image may be on the Figure or still on its Image.
local function number_figure(figure)
  figure:walk({
    Image = function(image)
      if figure.identifier == "" then figure.identifier = image.identifier end
      local file = io.open(image.src, "rb")
      if file then
        file:close()
      else
        complain("the image " .. image.src .. " of #" .. figure.identifier .. " does not exist")
      end
    end,
  })
  return number_block(figure, "fig")
end

local function remember_heading(header)
  if split(header.identifier) == "sec" then
    remember(header.identifier, pandoc.utils.stringify(header.content), header.identifier)
  end
end

local function resolve(cite)
  local links, foreign = pandoc.Inlines({}), 0
  for i, citation in ipairs(cite.citations) do
    local kind = split(citation.id)
    if kind ~= "tbl" and kind ~= "fig" and kind ~= "sec" then
      foreign = foreign + 1
    elseif targets[citation.id] then
      local target = targets[citation.id]
      if i > 1 then
        links:extend({ pandoc.Str(","), pandoc.Space() })
      end
      links:insert(pandoc.Link(target.text, "#" .. target.anchor))
    else
      complain("@" .. citation.id .. " refers to nothing in this document")
    end
  end
  if foreign == 0 then
    return links
  elseif foreign < #cite.citations then
    complain("a citation and a cross-reference share one bracket: " .. pandoc.utils.stringify(cite))
  end
end

local function report()
  for _, sentence in ipairs(problems) do
    io.stderr:write("crossref.lua: " .. sentence .. "\n")
  end
  if #problems > 0 then
    os.exit(1)
  end
end

-- APA joins two authors by "and" in running text and by "&" in parentheses; CSL knows only one.
local function narrative(cite)
  local in_text = cite.citations[1].mode == "AuthorInText"
  return cite.content:walk({
    Str = function(word)
      if in_text and word.text == "&" then return pandoc.Str("and") end
    end,
  })
end

local function check_citations(document)
  local known = {}
  for _, reference in ipairs(pandoc.utils.references(document)) do known[reference.id] = true end
  document:walk({
    Cite = function(cite)
      for _, citation in ipairs(cite.citations) do
        if not known[citation.id] then
          complain("@" .. citation.id .. " is neither in the bibliography nor in this document")
        end
      end
    end,
  })
end

local add_named_works = assert(loadfile("assets/works.lua"))()

local function with_citations(document)
  add_named_works(document)
  local cited = pandoc.utils.citeproc(document)
  cited.meta.bibliography, cited.meta.csl = nil, nil -- done: no renderer need do it again
  return cited:walk({ Cite = narrative })
end

function Pandoc(document)
  prefix = pandoc.utils.stringify(document.meta["table-prefix"] or "")
  local numbered = document:walk({
    traverse = "topdown",
    Table = number_table,
    Figure = number_figure,
    Header = remember_heading,
  })
  local resolved = numbered:walk({ Cite = resolve })
  check_citations(resolved)
  report()
  return with_citations(resolved)
end
