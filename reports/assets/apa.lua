-- Sets tables, figures, notes and the notice on synthetic data in the manner of APA 7.
--
-- Runs after crossref.lua and unbroken.lua, in the folder of the document, and leaves nothing for
-- Quarto's own cross-references, so that both renderers lay out alike.

local stringify = pandoc.utils.stringify

local FORMATS = {
  html = "html", html5 = "html", docx = "openxml", typst = "typst", jats_archiving = "jats",
}
local format = FORMATS[FORMAT] or "html"

local function raw(text) return pandoc.RawBlock(format, text) end
local function raw_inline(text) return pandoc.RawInline(format, text) end

local function typst_string(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"') .. '"'
end

local function styled(style, content)
  return pandoc.Div(content, pandoc.Attr("", {}, { ["custom-style"] = style }))
end

local tables = assert(loadfile("assets/tables.lua"))(format, {
  raw = raw, raw_inline = raw_inline, typst_string = typst_string, styled = styled,
})

-- Quarto would ask the page for the macros of a highlighted program.
local function plain_code(code)
  if format == "typst" then return raw_inline("#raw(" .. typst_string(code.text) .. ")") end
end

local origins = assert(loadfile("assets/origins.lua"))(format, {
  raw = raw, raw_inline = raw_inline, typst_string = typst_string,
  code = function(text) return plain_code(pandoc.Code(text)) or pandoc.Code(text) end,
})

local paper = assert(loadfile("assets/front.lua"))()
local jats = assert(loadfile("assets/jats.lua"))({
  raw = raw, raw_inline = raw_inline, markup_table = tables.markup_table,
}, paper)

---------------------------------------------------------------- number, title, body, note

-- "Table 1" as Word's own counter, so that lists of tables and later tables count on.
local function word_number(number, anchor)
  local word, prefix, count = number:match("^(%a+)\u{a0}(%a*)(%d+)$")
  return pandoc.Para({ pandoc.Span({
    pandoc.Str(word .. "\u{a0}" .. prefix),
    raw_inline('<w:fldSimple w:instr=" SEQ ' .. word .. ' \\* ARABIC "><w:r><w:t>' .. count
      .. "</w:t></w:r></w:fldSimple>"),
  }, pandoc.Attr(anchor)) })
end

local COMPOSE = {}

function COMPOSE.html(part)
  local blocks = pandoc.Blocks({
    raw('<figure class="apa-' .. part.kind .. (part.wide and " wide" or "") .. '" id="'
      .. part.anchor .. '">'),
    pandoc.Plain(pandoc.Inlines({ raw_inline('<figcaption id="' .. part.anchor
      .. '-caption"><span class="number">' .. part.number .. '</span> <span class="title">') })
      .. part.title .. { raw_inline("</span></figcaption>") }),
    raw(part.kind == "table" and '<div class="scroll" tabindex="0" role="region" aria-labelledby="'
      .. part.anchor .. '-caption">'
      or '<div class="image" tabindex="0" role="region" aria-labelledby="' .. part.anchor
      .. '-caption">'),
  })
  blocks:extend(part.body)
  blocks:insert(raw("</div>"))
  if part.note then
    blocks:insert(pandoc.Div(part.note, pandoc.Attr("", { "note" })))
  end
  blocks:insert(raw("</figure>"))
  return blocks
end

function COMPOSE.typst(part)
  local blocks = pandoc.Blocks({
    raw("#together(rows: " .. (part.rows or 0) .. ")["),
    pandoc.Plain(pandoc.Inlines({ raw_inline("#apa-caption([" .. part.number .. '], [#"";') })
      .. part.title .. { raw_inline("]) <" .. part.anchor .. ">") }),
  })
  blocks:extend(part.body)
  if part.note then
    blocks:insert(raw("#apa-note["))
    blocks:extend(part.note)
    blocks:insert(raw("]"))
  end
  blocks:insert(raw("]"))
  return blocks
end

function COMPOSE.openxml(part)
  local name = part.kind == "table" and "Table" or "Figure"
  local blocks = pandoc.Blocks({
    styled("Caption Number", { word_number(part.number, part.anchor) }),
    styled("Caption Title", { pandoc.Para(part.title) }),
  })
  blocks:extend(part.body)
  if part.note then blocks:insert(styled(name .. " Note", part.note)) end
  -- The space below; without a paragraph after it, a table would melt into the next one.
  blocks:insert(raw('<w:p><w:pPr><w:pStyle w:val="AfterPart"/></w:pPr></w:p>'))
  return blocks
end

COMPOSE.jats = jats.compose

local function caption_inlines(block)
  return pandoc.utils.blocks_to_inlines(block.caption.long)
end

local function compose_table(tbl, note, landscape)
  local page = landscape and "landscape" or "portrait"
  local model = tables.read(tbl, page)
  local in_table = format == "typst" and note and #model.body > 0
  local body = (tables.write[format] or jats.table_blocks)(model, page, in_table and note or nil)
  return COMPOSE[format]({
    kind = "table", anchor = tbl.identifier, number = tbl.attributes.number,
    title = caption_inlines(tbl), body = body, note = not in_table and note or nil,
    wide = #model.columns > 7, rows = #model.body,
  })
end

local function find_image(figure)
  local found
  figure:walk({ Image = function(image) found = image end })
  return found
end

local function compose_figure(figure, note)
  local image = find_image(figure)
  local described = image.attributes["fig-alt"] or figure.attributes["fig-alt"]
    or stringify(figure.caption.long)
  local width = image.attributes.width or "100%"
  local body
  if format == "jats" then
    body = jats.graphic(image.src, described)
  elseif format == "typst" then
    body = { raw("#align(center, image(" .. typst_string(image.src) .. ", width: " .. width
      .. ", alt: " .. typst_string(described) .. "))") }
  else
    local plain = pandoc.Image({ pandoc.Str(described) }, image.src, "",
      pandoc.Attr("", {}, { width = width }))
    -- The empty run: Quarto would make a figure of its own of an image that is alone.
    body = format == "openxml"
      and { styled("Figure", { pandoc.Para({ plain, raw_inline("<w:r></w:r>") }) }) }
      or { pandoc.Plain({ plain }) }
  end
  return COMPOSE[format]({
    kind = "figure", anchor = figure.identifier, number = figure.attributes.number,
    title = caption_inlines(figure), body = body, note = note,
  })
end

---------------------------------------------------------------- the page

local LETTER = { portrait = 'w:w="12240" w:h="15840"', landscape = 'w:w="15840" w:h="12240" w:orient="landscape"' }

-- A section break ends the section before it; the header is put in by the Python side.
local function word_section(page)
  return raw('<w:p><w:pPr><w:pStyle w:val="SectionBreak"/><w:sectPr><w:pgSz ' .. LETTER[page]
    .. '/><w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440" w:header="720"'
    .. ' w:footer="720" w:gutter="0"/></w:sectPr></w:pPr></w:p>')
end

-- Landscape pages that follow each other must not leave an empty upright page between them.
local function turned(blocks, follows_turned)
  if format == "typst" then
    blocks:insert(1, raw("#page(flipped: true)["))
    blocks:insert(raw("]"))
  elseif format == "openxml" then
    if not follows_turned then blocks:insert(1, word_section("portrait")) end
    blocks:insert(word_section("landscape"))
  end
  return blocks
end

local PAGE_BREAK = {
  html = '<div class="page-break"></div>', typst = "#pagebreak(weak: true)",
  openxml = '<w:p><w:pPr><w:pStyle w:val="PageBreak"/></w:pPr><w:r><w:br w:type="page"/></w:r></w:p>',
}

local function is_div(block, class)
  return block and block.t == "Div" and block.classes:includes(class)
end

-- Of tables that stand on turned pages, those that have room on an upright page, in their place.
local function upright_where_they_fit(blocks)
  local laid = pandoc.Blocks({})
  for _, block in ipairs(blocks) do
    if is_div(block, "landscape") then
      local turns
      for _, part in ipairs(block.content) do
        if part.t == "Table" then turns = not tables.fits_upright(part) end
        local last = laid[#laid]
        if not turns then
          laid:insert(part)
        elseif is_div(last, "landscape") then
          last.content:insert(part)
          laid[#laid] = last
        else
          laid:insert(pandoc.Div({ part }, pandoc.Attr("", { "landscape" })))
        end
      end
    else
      laid:insert(block)
    end
  end
  return laid
end

local function lay_out(blocks, landscape)
  blocks = upright_where_they_fit(blocks)
  local laid, i = pandoc.Blocks({}), 1
  while i <= #blocks do
    local block, following = blocks[i], blocks[i + 1]
    if block.t == "Table" and block.attributes.number then
      local note = is_div(following, "table-note") and following.content or nil
      laid:extend(compose_table(block, note, landscape))
      i = i + (note and 1 or 0)
    elseif block.t == "Figure" and block.attributes.number then
      local note = is_div(following, "figure-note") and following.content or nil
      laid:extend(compose_figure(block, note))
      i = i + (note and 1 or 0)
    elseif block.t == "Header" and is_div(following, "landscape") then
      following.content:insert(1, block) -- a heading turns with what it stands over
      blocks[i + 1] = following
    elseif is_div(block, "landscape") then
      laid:extend(turned(lay_out(block.content, true), is_div(blocks[i - 1], "landscape")))
    elseif block.t == "Div" then
      block.content = lay_out(block.content, landscape)
      laid:insert(block)
    elseif block.t == "Para" and stringify(block) == "{{< pagebreak >}}" then
      if PAGE_BREAK[format] then laid:insert(raw(PAGE_BREAK[format])) end
    else
      laid:insert(block)
    end
    i = i + 1
  end
  return laid
end

-- A text for a style sheet: pandoc decodes entities when it embeds one, so no sign that could end the
-- style or the text may stand there as itself.
local function css_string(text)
  return '"' .. text:gsub("[%c\"'\\<>&{}@]", function(sign)
    return string.format("\\%x ", sign:byte())
  end) .. '"'
end

-- A text inside quotation marks of a template: an attribute of HTML, a string of Typst. Pandoc
-- escapes what it places in templates for running text only, where quotation marks may stay.
local function quoted(text)
  if format == "typst" then return raw_inline(typst_string(text)) end
  local escaped = text:gsub("[&<>\"']", function(sign)
    return string.format("&#%d;", sign:byte())
  end)
  return pandoc.RawInline("html", '"' .. escaped .. '"')
end

local function add_notice(document, notice)
  document.meta.notice = notice
  if format == "html" then
    -- The banner of the template stays in sight: the page says it once.
    document.meta["notice-css"] = pandoc.RawInline("html", css_string(notice))
  elseif format == "typst" then
    document.blocks:insert(1, pandoc.Plain({ raw_inline("#notice-box("), raw_inline(typst_string(notice)), raw_inline(")") }))
  else
    document.blocks:insert(1, styled("Synthetic Notice", { pandoc.Para(notice) }))
  end
end

-- A file beside the document opens from a page; in print its name in words has to do.
local function link_in_words(link)
  if format ~= "html" and not link.target:match("^#") and not link.target:match("^%a+:") then
    return link.content
  end
end

-- A printed statistic: with its source, or as JATS has it.
local function statistic(span)
  if not span.classes:includes("stat") then return nil end
  if format == "jats" then return jats.statistic(span) end
  return origins.mark(span)
end

---------------------------------------------------------------- title page, abstract, references

-- A paragraph with a style of its own, as a list of blocks.
local function styled_paragraph(name, inlines)
  local paragraph, key = pandoc.Para(inlines), name:lower():gsub(" ", "-")
  if format == "typst" then return { raw("#" .. key .. "["), paragraph, raw("]") } end
  return { format == "html" and pandoc.Div({ paragraph }, pandoc.Attr("", { key }))
    or styled(name, { paragraph }) }
end

-- Names, affiliations and the author note, below the title.
local function title_page(front)
  local blocks = pandoc.Blocks({})
  if #front.authors > 0 then blocks:extend(styled_paragraph("Author", paper.byline(front))) end
  for _, line in ipairs(paper.affiliation_lines(front)) do
    blocks:extend(styled_paragraph("Affiliation", line))
  end
  local note = paper.note_paragraphs(front)
  if #note == 0 then return blocks end
  if format == "html" then
    blocks:insert(raw('<details class="author-note" open><summary>Author Note</summary>'))
    blocks:extend(note)
    blocks:insert(raw("</details>"))
    return blocks
  end
  blocks:extend(styled_paragraph("Author Note Heading", { pandoc.Str("Author Note") }))
  for _, paragraph in ipairs(note) do
    blocks:extend(styled_paragraph("Author Note", paragraph.content))
  end
  return blocks
end

local function is_heading(block, title)
  return block.t == "Header" and block.level == 1 and stringify(block.content) == title
end

-- On paper the abstract and the references have pages of their own, and the text begins with the title.
local function on_pages(blocks, front, title)
  local laid, in_abstract, has_abstract = pandoc.Blocks({}), false, false
  local function new_page()
    local last = laid[#laid]
    local is_new = last and last.t == "RawBlock" and last.text == PAGE_BREAK[format]
    if format ~= "html" and not is_new then laid:insert(raw(PAGE_BREAK[format])) end
  end
  local function end_abstract()
    local words = paper.keyword_line(front)
    if words then laid:extend(styled_paragraph("Keywords", words)) end
    new_page()
    if format ~= "html" and title then laid:extend(styled_paragraph("Title Of Text", title)) end
    in_abstract = false
  end
  for _, block in ipairs(blocks) do
    if in_abstract and block.t == "Header" and block.level == 1 then end_abstract() end
    if is_heading(block, "Abstract") then
      new_page()
      in_abstract, has_abstract = true, true
    elseif is_heading(block, "References") and has_abstract then
      new_page()
    end
    if in_abstract and block.t == "Para" and format ~= "html" then
      laid:extend(styled_paragraph("Abstract", block.content))
    else
      laid:insert(block)
    end
  end
  if in_abstract then end_abstract() end
  return laid, has_abstract
end

local function set_title_page(document, front)
  local page = title_page(front)
  if format == "openxml" then
    for i = #page, 1, -1 do document.blocks:insert(1, page[i]) end
  elseif #page > 0 then
    document.meta["title-page"] = pandoc.MetaBlocks(page)
  end
end

local function lay_out_jats(document, front)
  local meta = document.meta
  local abstract, body = jats.take_abstract(document.blocks)
  document.blocks = body
  for key, value in pairs(jats.front_matter(front)) do
    meta[key] = pandoc.utils.type(value) == "Inlines" and pandoc.MetaInlines(value) or pandoc.MetaInlines({ value })
  end
  if #abstract > 0 then meta.abstract = pandoc.MetaBlocks(abstract) end
end

-- The language of hyphenation and its region, as Typst has them.
local function set_language(meta)
  local language = stringify(meta.lang or "en")
  if format ~= "typst" then
    meta["quoted-lang"] = quoted(language)
    return
  end
  local code, region = language:match("^(%a+)%-(%a+)$")
  meta["quoted-lang"] = quoted(code or language)
  if region then meta["quoted-region"] = quoted(region:upper()) end
end

function Pandoc(document)
  local meta = document.meta
  local front = paper.read(meta)
  if format ~= "jats" then
    for key, inlines in pairs(front.note) do front.note[key] = inlines:walk({ Link = link_in_words }) end
  end
  if front.masked then document.blocks = paper.without_identifying(document.blocks) end
  origins.named(stringify(meta.numbers or ""))
  document = document:walk({
    Span = statistic, Code = plain_code,
    Link = format == "jats" and jats.cross_reference or link_in_words,
  })
  document.blocks = lay_out(document.blocks, false)
  document.blocks:extend(origins.last_words())
  meta = document.meta
  local names = table.concat(paper.names(front), ", ")
  -- The writers would place and store these themselves, also in the properties of a Word file.
  for _, key in ipairs({
    "author", "affiliations", "paper-author", "paper-affiliations", "author-note", "keywords",
  }) do meta[key] = nil end
  if format == "openxml" then meta.masked, meta["line-numbers"] = nil, nil end
  meta["running-head"] = stringify(meta["running-head"] or meta.title or "")
  if format == "html" or format == "typst" then
    meta["quoted-authors"] = names ~= "" and quoted(names) or nil
    set_language(meta)
  end
  if format == "jats" then
    lay_out_jats(document, front)
  else
    local has_abstract
    document.blocks, has_abstract = on_pages(document.blocks, front, meta.title)
    if format == "typst" then meta.paper = has_abstract end
  end
  local notice = stringify(meta["synthetic-notice"] or "")
  if notice ~= "" then add_notice(document, notice) end
  if format ~= "jats" then set_title_page(document, front) end
  return document
end
