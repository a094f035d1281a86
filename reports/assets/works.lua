-- Works that a text names without citing them by a key, such as "Radloff, 1977" in a reason of the
-- study file: the list of references holds them as well.
--
-- Returns a function that adds them to what `nocite` of a document names.

local stringify = pandoc.utils.stringify

local function family(name)
  local parts = { name["non-dropping-particle"], name["dropping-particle"], name.family or name.literal }
  local found = {}
  for _, part in pairs(parts) do found[#found + 1] = part end
  return table.concat(found, " ")
end

-- How running text names the authors of a work.
local function names_of(authors)
  local first = family(authors[1])
  if #authors == 1 then return { first } end
  if #authors > 2 then return { first .. " et al." } end
  local second = family(authors[2])
  return { first .. " & " .. second, first .. " and " .. second }
end

-- Whether words stand in a text, and not as the end of a longer name or as the second of two authors.
local function holds(text, words, single)
  local start = text:find(words, 1, true)
  while start do
    local before = text:sub(1, start - 1)
    local second = single and (before:match("&%s$") or before:match("%sand%s$"))
    if not before:match("[%w%-]$") and not second then return true end
    start = text:find(words, start + 1, true)
  end
  return false
end

local function is_named(text, work)
  local date = (work.issued or {})["date-parts"]
  if not (work.author and work.author[1] and date) then return false end
  for _, name in ipairs(names_of(work.author)) do
    for _, words in ipairs({ name .. ", " .. date[1][1], name .. " (" .. date[1][1] }) do
      if holds(text, words, #work.author == 1) then return true end
    end
  end
  return false
end

local function cited(key) return pandoc.Cite({}, { pandoc.Citation(key, "NormalCitation") }) end

return function(document)
  local every = pandoc.Pandoc({}, document.meta)
  every.meta.nocite = pandoc.MetaInlines({ cited("*") })
  local text = stringify(document.blocks):gsub("\u{a0}", " ")
  local found = pandoc.Inlines({})
  for _, work in ipairs(pandoc.utils.references(every)) do
    if is_named(text, work) then found:insert(cited(work.id)) end
  end
  if #found > 0 then
    local nocite = document.meta.nocite
    if pandoc.utils.type(nocite) == "Inlines" then found:extend(nocite) end
    document.meta.nocite = pandoc.MetaInlines(found)
  end
end
