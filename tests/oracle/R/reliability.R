# Alpha, its Feldt interval, item-rest correlations and omega. Run from this folder.
source("source.R")
suppressMessages({library(psych); library(lavaan)})
reverse <- function(items) { items$i03 <- 8 - items$i03; items$i10 <- 8 - items$i10; items }
complete <- reverse(read.csv("../data/items.csv"))
listwise <- na.omit(reverse(read.csv("../data/items_na.csv")))
describe <- function(items) {
  found <- suppressWarnings(psych::alpha(items, check.keys = FALSE, warnings = FALSE))
  raw <- found$total$raw_alpha
  feldt <- function(p) unclass(alpha.ci(raw, n.obs = nrow(items), n.var = ncol(items), p.val = p, digits = 15))
  model <- cfa(paste("f =~", paste(names(items), collapse = " + ")), data = items, std.lv = TRUE)
  estimates <- parameterEstimates(model)
  loading <- estimates$est[estimates$op == "=~"]
  unique <- estimates$est[estimates$op == "~~" & estimates$lhs != "f"]
  # The same model by R's own factor analysis, whose optimiser can be driven further.
  factor <- factanal(covmat = cov(items), factors = 1, n.obs = nrow(items), rotation = "none",
                     control = list(opt = list(factr = 1, pgtol = 0, maxit = 10000)))
  scale <- sqrt(diag(cov(items)))
  fa_loading <- abs(as.numeric(factor$loadings)) * scale; fa_unique <- unname(factor$uniquenesses) * scale^2
  list(n = nrow(items), n_items = ncol(items), alpha = raw,
       ci_95 = c(feldt(0.05)$lower.ci, feldt(0.05)$upper.ci),
       ci_90 = c(feldt(0.10)$lower.ci, feldt(0.10)$upper.ci),
       item_rest = found$item.stats$r.drop, omega = sum(fa_loading)^2 / (sum(fa_loading)^2 + sum(fa_unique)),
       omega_lavaan = sum(loading)^2 / (sum(loading)^2 + sum(unique)),
       loadings = unname(fa_loading), uniquenesses = unname(fa_unique), lavaan_converged = lavInspect(model, "converged"))
}
save_reference(list(
  source = source_block("reliability.R", c("psych", "lavaan", "jsonlite")),
  complete = describe(complete), listwise = describe(listwise),
  short_complete = describe(complete[, 1:4]), short_listwise = describe(listwise[1:26, 5:9])
), "reliability")
