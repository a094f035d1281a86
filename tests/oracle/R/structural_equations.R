# Structural equation models by lavaan. Run from this folder. Makes data/twolevel.csv (part of lavaan's Demo.twolevel),
# alliance.csv (sessions of patients in therapists, simulated), panel.csv (two scores in four waves, simulated),
# holzinger.csv and democracy.csv (lavaan's examples).
source("source.R")
suppressMessages(library(lavaan))
stored <- function(rows, name) {
  utils::write.csv(rows, paste0("../data/", name, ".csv"), row.names = FALSE, quote = FALSE, na = "")
  read.csv(paste0("../data/", name, ".csv"))
}
demo <- subset(Demo.twolevel, cluster <= 100)[c("y1", "y2", "y3", "x1", "x2", "x3", "w1", "w2", "cluster")]
demo <- stored(round(demo, 3), "twolevel")
holes <- function(rows, names, share, seed) {
  set.seed(seed)
  for (name in names) rows[[name]][runif(nrow(rows)) < share] <- NA
  rows
}
hs <- stored(cbind(school = HolzingerSwineford1939$school, round(HolzingerSwineford1939[paste0("x", 1:9)], 4)), "holzinger")
hs_na <- stored(holes(hs, paste0("x", 1:9), 0.15, 4), "holzinger_holes")
poldem <- stored(round(PoliticalDemocracy, 6), "democracy")
set.seed(11)
J <- 60; n <- sample(2:9, J, TRUE); ther <- rep(seq_len(J), n)
train <- rnorm(J); eb <- 0.4 * train + rnorm(J, sd = 0.6); bb <- 0.5 * eb + 0.1 * train + rnorm(J, sd = 0.5); sb <- -0.3 * bb + rnorm(J, sd = 0.6)
e <- rnorm(sum(n)); b <- 0.4 * e + rnorm(sum(n)); s <- -0.3 * b - 0.1 * e + rnorm(sum(n))
alliance <- data.frame(ther, train = train[ther], emp = 3 + eb[ther] + e, bond = 5 + bb[ther] + b, symp = 20 + 3 * (sb[ther] + s))
alliance <- stored(round(alliance, 3), "alliance")
set.seed(12)
P <- 250; W <- 4; ra <- rnorm(P); rs <- -0.4 * ra + rnorm(P); wa <- rnorm(P); ws <- -0.3 * wa + rnorm(P); panel <- list()
for (t in 1:W) {
  if (t > 1) { old <- wa; wa <- 0.3 * old - 0.15 * ws + rnorm(P, sd = 0.9); ws <- 0.35 * ws - 0.2 * old + rnorm(P, sd = 0.9) }
  panel[[paste0("a", t)]] <- 5 + 0.1 * t + ra + wa; panel[[paste0("s", t)]] <- 15 - 0.5 * t + rs + ws
}
panel <- stored(round(as.data.frame(panel), 3), "panel")
panel_na <- stored(holes(panel, names(panel), 0.12, 5), "panel_holes")
alliance_na <- holes(alliance, c("emp", "bond", "symp"), 0.15, 6)
alliance_na <- stored(alliance_na[rowSums(!is.na(alliance_na[c("emp", "bond", "symp")])) > 0, ], "alliance_holes") # lavaan stops at empty rows
factors <- "visual =~ x1 + x2 + x3\n textual =~ x4 + x5 + x6\n speed =~ x7 + x8 + x9"
path <- "bond ~ a*emp + train\n symp ~ b*bond + c*emp\n ind := a*b"
serial <- "level: 1\n bond ~ aw*emp\n symp ~ bw*bond + cw*emp\n level: 2\n emp ~ t1*train\n bond ~ ab*emp + t2*train\n symp ~ bb*bond + cb*emp + t3*train\n ind_b := t1*ab*bb\n ind_w := aw*bw\n context := ab*bb - aw*bw"
full <- "level: 1\n bond ~ aw*emp\n symp ~ bw*bond\n level: 2\n emp ~ t1*train\n bond ~ ab*emp\n symp ~ bb*bond\n ind := t1*ab*bb"
latent <- "level: 1\n fw =~ y1 + y2 + y3\n fw ~ x1 + x2 + x3\n level: 2\n fb =~ y1 + y2 + y3\n fb ~ w1 + w2"
equal <- "level: 1\n fw =~ y1 + l2*y2 + l3*y3\n level: 2\n fb =~ y1 + l2*y2 + l3*y3\n fb ~ w1"
clpm <- paste(c(
  "ri_a =~ 1*a1 + 1*a2 + 1*a3 + 1*a4", "ri_s =~ 1*s1 + 1*s2 + 1*s3 + 1*s4",
  sprintf("w_a%d =~ 1*a%d", 1:4, 1:4), sprintf("w_s%d =~ 1*s%d", 1:4, 1:4),
  sprintf("w_a%d ~ w_a%d + w_s%d", 2:4, 1:3, 1:3), sprintf("w_s%d ~ w_s%d + w_a%d", 2:4, 1:3, 1:3),
  sprintf("w_a%d ~~ w_s%d", 1:4, 1:4), "ri_a ~~ ri_s",
  "ri_a ~~ 0*w_a1 + 0*w_s1", "ri_s ~~ 0*w_a1 + 0*w_s1", sprintf("a%d ~~ 0*a%d", 1:4, 1:4), sprintf("s%d ~~ 0*s%d", 1:4, 1:4)), collapse = "\n")
clpm_equal <- gsub("w_a(\\d) ~ w_a(\\d) \\+ w_s(\\d)", "w_a\\1 ~ aa*w_a\\2 + as*w_s\\3", clpm, perl = TRUE)
clpm_equal <- gsub("w_s(\\d) ~ w_s(\\d) \\+ w_a(\\d)", "w_s\\1 ~ ss*w_s\\2 + sa*w_a\\3", clpm_equal, perl = TRUE)
metric <- "visual =~ x1 + c(v2,v2)*x2 + c(v3,v3)*x3\n textual =~ x4 + c(t5,t5)*x5 + c(t6,t6)*x6\n speed =~ x7 + c(s8,s8)*x8 + c(s9,s9)*x9"
freed <- "visual =~ NA*x1 + l1*x1 + x2 + x3\n visual ~~ 1*visual\n textual =~ a*x4 + x5 + x6\n ratio := l1 / 2 - (0.5 + l1) * -1.5"
unequal <- "y1 ~~ x1 + y2\n y2 ~ 1*x1 + -0.5*x2\n y3 ~ 2*1 + b*y2\n x1 ~ 1"
models <- list(
  latent = list(latent, demo, cluster = "cluster"), latent_equal = list(equal, demo, cluster = "cluster"), within_between = list("level: 1\n y2 ~ bw*y1\n level: 2\n y1 ~ a*w1\n y2 ~ b*y1\n ind := a*b", demo, cluster = "cluster"),
  serial = list(serial, alliance, cluster = "ther"), serial_full = list(full, alliance, cluster = "ther"),
  factors = list(factors, hs), factors_holes = list(factors, hs_na, fiml = TRUE), freed = list(freed, hs), configural = list(factors, hs, group = "school"), metric = list(metric, hs, group = "school"),
  democracy = list("ind60 =~ x1 + x2 + x3\n dem60 =~ y1 + y2 + y3 + y4\n dem65 =~ y5 + y6 + y7 + y8\n dem60 ~ ind60\n dem65 ~ ind60 + dem60\n y1 ~~ y5\n y2 ~~ y4 + y6\n y3 ~~ y7\n y4 ~~ y8\n y6 ~~ y8", poldem),
  path = list(path, alliance), path_holes = list(path, alliance_na, fiml = TRUE), path_clusters = list(path, alliance, sandwich = "ther"), fixed = list(unequal, demo),
  panel = list(clpm, panel), panel_equal = list(clpm_equal, panel), panel_holes = list(clpm_equal, panel_na, fiml = TRUE))
measures <- c("npar", "chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "rmsea.pvalue", "srmr", "srmr_within", "srmr_between", "aic", "bic", "logl", "unrestricted.logl", "baseline.chisq", "baseline.df")
scaled <- c("chisq.scaled", "df.scaled", "pvalue.scaled", "chisq.scaling.factor", "cfi.scaled", "tli.scaled", "rmsea.scaled", "cfi.robust", "tli.robust", "rmsea.robust", "baseline.chisq.scaled", "scaling.factor.h0", "scaling.factor.h1")
kept <- function(values, names) as.list(unclass(values)[intersect(names, names(values))])
out <- list(source = source_block("structural_equations.R", c("lavaan", "jsonlite")))
for (name in names(models)) {
  m <- models[[name]]
  fit <- function(...) {
    arguments <- list(model = m[[1]], data = m[[2]], fixed.x = FALSE, meanstructure = TRUE, group = m$group,
      control = list(rel.tol = 1e-14, iter.max = 2000), optim.force.converged = TRUE, em.h1.tol = 1e-12, em.h1.iter.max = 20000, ...)
    if (!is.null(m$cluster)) arguments$cluster <- m$cluster
    if (!is.null(m$fiml)) arguments$missing <- "fiml"
    suppressWarnings(do.call("sem", arguments))
  }
  started <- proc.time()[["elapsed"]]
  plain <- fit()
  seconds <- proc.time()[["elapsed"]] - started
  if (!is.null(m$sandwich)) m$cluster <- m$sandwich
  robust <- fit(estimator = "MLR")
  pe <- parameterEstimates(plain); std <- standardizedSolution(plain)
  rows <- pe[, intersect(c("lhs", "op", "rhs", "level", "group", "label", "est", "se"), names(pe))]
  rows$robust <- parameterEstimates(robust)$se
  rows$std <- std$est.std; rows$std_se <- std$se
  out$fits[[name]] <- list(model = m[[1]], information = lavInspect(plain, "options")$information[1], parameters = rows, fit = kept(fitMeasures(plain), measures), robust_fit = kept(fitMeasures(robust), scaled),
    seconds = seconds)
  cat(name, lavInspect(plain, "converged"), max(abs(lavInspect(plain, "gradient"))), nrow(pe), "\n")
}
test <- lavTestLRT(sem(clpm_equal, panel, fixed.x = FALSE), sem(clpm, panel, fixed.x = FALSE))
out$ratio <- list(chisq = test[2, "Chisq diff"], df = test[2, "Df diff"], p = test[2, "Pr(>Chisq)"])
test <- lavTestLRT(sem(clpm_equal, panel, fixed.x = FALSE, estimator = "MLR"), sem(clpm, panel, fixed.x = FALSE, estimator = "MLR"))
out$ratio_scaled <- list(chisq = test[2, "Chisq diff"], df = test[2, "Df diff"], p = test[2, "Pr(>Chisq)"])
# Missing values on two levels: lavaan 0.6-14 fits the model, and stops where it computes standard errors.
for (name in "serial_full") {
  model <- get(c(serial_full = "full", serial = "serial")[[name]])
  holed <- sem(model, alliance_na, cluster = "ther", missing = "fiml", fixed.x = FALSE, se = "none", test = "none", control = list(rel.tol = 1e-12, iter.max = 300), optim.force.converged = TRUE)
  pe <- parameterEstimates(holed)
  out$fits[[paste0(name, "_holes")]] <- list(model = model, information = "observed", parameters = pe[, intersect(c("lhs", "op", "rhs", "level", "label", "est"), names(pe))],
    fit = list(logl = as.numeric(logLik(holed)), npar = holed@Fit@npar))
}
save_reference(out, "structural_equations")
