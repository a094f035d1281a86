# Invariance over groups and occasions, missing values in groups, a contrast of two conditions, and score tests, by lavaan.
# Run from this folder after structural_equations.R, whose data it reads. Restrictions are lavaan's own (group.equal), with the first
# loading at 1 instead of the first variance: the same models in other units.
source("source.R")
suppressMessages(library(lavaan))
data_of <- function(name) read.csv(paste0("../data/", name, ".csv"))
hs <- data_of("holzinger"); hs_na <- data_of("holzinger_holes"); alliance <- data_of("alliance"); alliance_na <- data_of("alliance_holes")
democracy <- data_of("democracy")
measures <- c("npar", "chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "srmr", "aic", "bic", "logl")
scaled <- c("chisq.scaled", "pvalue.scaled", "chisq.scaling.factor", "cfi.scaled", "tli.scaled", "rmsea.scaled")
kept <- function(values, names) as.list(unclass(values)[intersect(names, names(values))])
run <- function(...) suppressWarnings(sem(..., fixed.x = FALSE, meanstructure = TRUE, control = list(rel.tol = 1e-14, iter.max = 5000), optim.force.converged = TRUE, em.h1.tol = 1e-12, em.h1.iter.max = 20000))
ratio <- function(a, b) { t <- lavTestLRT(a, b); list(chisq = t[2, "Chisq diff"], df = t[2, "Df diff"], p = t[2, "Pr(>Chisq)"]) }
steps <- list(configural = NULL, metric = "loadings", scalar = c("loadings", "intercepts"), strict = c("loadings", "intercepts", "residuals"))
one <- "trait =~ x1 + x2 + x3 + x9"
three <- "trait1 =~ x1 + x2 + x3\n trait2 =~ x4 + x5 + x6\n trait3 =~ x7 + x8 + x9"
series <- function(model, data, missing = "listwise") {
  found <- list(); before <- NULL
  for (step in names(steps)) {
    arguments <- list(model, data, group = "school", missing = missing)
    if (!is.null(steps[[step]])) arguments$group.equal <- steps[[step]]
    plain <- do.call(run, arguments); robust <- do.call(run, c(arguments, estimator = "MLR"))
    entry <- list(fit = kept(fitMeasures(plain), measures), robust = kept(fitMeasures(robust), scaled))
    if (!is.null(before)) { entry$ratio <- ratio(plain, before[[1]]); entry$ratio_scaled <- ratio(robust, before[[2]]) }
    pe <- parameterEstimates(plain)
    means <- subset(pe, op == "~1" & grepl("trait", lhs))
    entry$means_z <- as.list(setNames(means$z, paste(means$lhs, means$group)))
    std <- standardizedSolution(plain)
    loads <- subset(std, op == "=~")
    entry$loadings <- as.list(setNames(loads$est.std, paste(loads$rhs, loads$group)))
    found[[step]] <- entry; before <- list(plain, robust)
    cat(step, lavInspect(plain, "converged"), "\n")
  }
  found
}
out <- list(source = source_block("structural_equations_groups.R", c("lavaan", "jsonlite")))
out$one <- series(one, hs); out$three <- series(three, hs); out$one_holes <- series(one, hs_na, "fiml"); out$three_holes <- series(three, hs_na, "fiml")
# Occasions: one model, correlated uniquenesses.
unique <- "y1 ~~ y5\n y2 ~~ y6\n y3 ~~ y7\n y4 ~~ y8"
occasions <- list(
  configural = paste("t1 =~ y1 + y2 + y3 + y4\n t2 =~ y5 + y6 + y7 + y8", unique, sep = "\n"),
  metric = paste("t1 =~ y1 + b*y2 + c*y3 + d*y4\n t2 =~ y5 + b*y6 + c*y7 + d*y8", unique, sep = "\n"),
  scalar = paste("t1 =~ y1 + b*y2 + c*y3 + d*y4\n t2 =~ y5 + b*y6 + c*y7 + d*y8\n y1 ~ i1*1\n y5 ~ i1*1\n y2 ~ i2*1\n y6 ~ i2*1\n y3 ~ i3*1\n y7 ~ i3*1\n y4 ~ i4*1\n y8 ~ i4*1\n t2 ~ 1", unique, sep = "\n"),
  strict = paste("t1 =~ y1 + b*y2 + c*y3 + d*y4\n t2 =~ y5 + b*y6 + c*y7 + d*y8\n y1 ~ i1*1\n y5 ~ i1*1\n y2 ~ i2*1\n y6 ~ i2*1\n y3 ~ i3*1\n y7 ~ i3*1\n y4 ~ i4*1\n y8 ~ i4*1\n t2 ~ 1\n y1 ~~ e1*y1\n y5 ~~ e1*y5\n y2 ~~ e2*y2\n y6 ~~ e2*y6\n y3 ~~ e3*y3\n y7 ~~ e3*y7\n y4 ~~ e4*y4\n y8 ~~ e4*y8", unique, sep = "\n"))
before <- NULL
for (step in names(occasions)) {
  plain <- run(occasions[[step]], democracy); robust <- run(occasions[[step]], democracy, estimator = "MLR")
  out$occasions[[step]] <- list(fit = kept(fitMeasures(plain), measures), robust = kept(fitMeasures(robust), scaled))
  if (!is.null(before)) { out$occasions[[step]]$ratio <- ratio(plain, before[[1]]); out$occasions[[step]]$ratio_scaled <- ratio(robust, before[[2]]) }
  before <- list(plain, robust)
}
# A contrast of two conditions as predictor, on one level with missing values, and of therapists on two levels.
alliance$arm <- as.integer(alliance$train > 0); alliance_na$arm <- as.integer(alliance_na$train > 0)
arm_one <- "bond ~ a*arm\n symp ~ b*bond + arm\n ind := a*b"
arm_two <- "level: 1\n bond ~ aw*emp\n symp ~ bw*bond\n level: 2\n emp ~ t1*arm\n bond ~ ab*emp\n symp ~ bb*bond\n ind := t1*ab*bb"
arms <- list(arm_one = list(arm_one, alliance), arm_holes = list(arm_one, alliance_na, missing = "fiml"), arm_two = list(arm_two, alliance, cluster = "ther"))
for (name in names(arms)) {
  plain <- do.call(run, arms[[name]]); robust <- do.call(run, c(arms[[name]], estimator = "MLR"))
  pe <- parameterEstimates(plain); pe$robust <- parameterEstimates(robust)$se
  std <- standardizedSolution(plain); pe$std <- std$est.std
  kept_rows <- pe[pe$op %in% c("~", ":="), intersect(c("lhs", "op", "rhs", "level", "est", "se", "robust", "std"), names(pe))]
  r2 <- lavInspect(plain, "rsquare"); if (!is.list(r2)) r2 <- list(within = r2)
  out$arms[[name]] <- list(model = arms[[name]][[1]], parameters = kept_rows, fit = kept(fitMeasures(plain), measures), r2 = lapply(r2, as.list))
}
# Score tests (modification indices) with the expected information, which lavaan takes whatever the standard errors.
factors <- "visual =~ x1 + x2 + x3\n textual =~ x4 + x5 + x6\n speed =~ x7 + x8 + x9"
hints <- modindices(run(factors, hs))
out$hints <- list(model = factors, rows = subset(hints, mi > 3, c("lhs", "op", "rhs", "mi", "epc", "sepc.all")))
scalar <- run(one, hs, group = "school", group.equal = c("loadings", "intercepts"))
released <- lavTestScore(scalar)$uni; table <- parTable(scalar)
own <- table[match(released$lhs, table$plabel), ]
out$released <- data.frame(lhs = own$lhs, op = own$op, rhs = own$rhs, chi2 = as.numeric(released$X2), p = as.numeric(released$p.value))
save_reference(out, "structural_equations_groups")
