# Effect sizes by metafor's escalc. Run from this folder.
source("source.R")
suppressMessages(library(metafor))
found <- function(...) { e <- escalc(...); c(as.numeric(e$yi), as.numeric(e$vi)) }
groups <- list(c(5, 2, 20, 4, 1.5, 25), c(12.5, 4, 4, 19, 6, 7), c(3, 1, 100, 3.1, 1.4, 40))
tables <- list(c(10, 5, 4, 12), c(3, 17, 9, 11), c(0, 12, 5, 8))
smd <- function(measure, g) found(measure, m1i = g[1], sd1i = g[2], n1i = g[3], m2i = g[4], sd2i = g[5], n2i = g[6])
tab <- function(measure, t, ...) found(measure, ai = t[1], bi = t[2], ci = t[3], di = t[4], ...)
out <- list(
  source = source_block("effect_conversion.R", c("metafor", "jsonlite")),
  correlations = lapply(list(c(.3, 40), c(-.87, 9), c(0, 4), c(.95, 300)), function(x)
    list(r = x[1], n = x[2], COR = found("COR", ri = x[1], ni = x[2]), ZCOR = found("ZCOR", ri = x[1], ni = x[2]))),
  partial = list(t = 2.8, n = 60, q = 3, PCOR = found("PCOR", ti = 2.8, ni = 60, mi = 4), ZPCOR = found("ZPCOR", ti = 2.8, ni = 60, mi = 4)),
  means = lapply(groups, function(g) list(groups = g, SMD = smd("SMD", g), D2ORL = smd("D2ORL", g))),
  d = list(d = .6, n = c(18, 30), SMD = found("SMD", di = .6, n1i = 18, n2i = 30)),
  tables = lapply(tables, function(t) list(cells = t, OR = tab("OR", t), OR2DL = tab("OR2DL", t)))
)
save_reference(out, "effect_conversion")
