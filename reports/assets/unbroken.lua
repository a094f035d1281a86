-- Puts spaces that do not break into statistics and before and behind signs.
--
-- Runs after crossref.lua and before apa.lua; what it does is the same for all formats.

local stringify = pandoc.utils.stringify

-- "p = .017", "95% CI" and "[.02, .69]" are each read as one word: no line ends inside.
local function unbroken(span)
  if not span.classes:includes("stat") then return nil end
  local content = span.content
  local function join(i)
    if content[i] and content[i].t == "Space" then content[i] = pandoc.Str("\u{a0}") end
  end
  for i, inline in ipairs(content) do
    local text = inline.t == "Str" and inline.text or ""
    if text:match("^[=<>]$") then
      join(i - 1)
      join(i + 1)
    elseif text:match("^%[.*,$") or text:match("%%$") then
      join(i + 1)
    end
  end
  return span
end

local RELATIONS = { ["="] = true, ["<"] = true, [">"] = true, ["\u{2264}"] = true, ["\u{2265}"] = true }

local function begins_with_number(inline)
  local text = inline and stringify(inline):gsub("^\u{2212}", "") or ""
  return text:match("^%.?%d") ~= nil
end

-- The same of a sign before a number outside of a statistic: "ps ≥ .159", "N = 470".
local function unbroken_signs(inlines)
  local joined = false
  for i, inline in ipairs(inlines) do
    if inline.t == "Str" and RELATIONS[inline.text] and begins_with_number(inlines[i + 2]) then
      for _, place in ipairs({ i - 1, i + 1 }) do
        local gap = inlines[place]
        if gap and (gap.t == "Space" or gap.t == "SoftBreak") then
          inlines[place] = pandoc.Str("\u{a0}")
          joined = true
        end
      end
    end
  end
  -- nil leaves the list as it is, which most are: to give each back takes most of the time.
  return joined and inlines or nil
end

function Pandoc(document)
  return document:walk({ Inlines = unbroken_signs }):walk({ Span = unbroken })
end
