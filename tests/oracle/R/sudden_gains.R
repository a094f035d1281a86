# Sudden gains and losses of data/session_scores.csv by the package suddengains. Run from this folder.
source("source.R")
suppressMessages({library(suddengains); library(dplyr)})
scores <- read.csv("../data/session_scores.csv")
sessions <- paste0("s", 1:12)
found <- function(identify, cutoff, share, stability, adjust = TRUE) {
  arguments <- list(
    data = scores, id_var_name = "id", sg_var_list = sessions, sg_crit1_cutoff = cutoff, sg_crit2_pct = share,
    sg_crit3 = stability, sg_crit3_adjust = adjust
  )
  marks <- suppressWarnings(suppressMessages(
    do.call(if (identify == "sg") identify_sg else identify_sl, arguments)
  ))
  rows <- suppressWarnings(suppressMessages(do.call(create_bysg, c(arguments, list(
    tx_start_var_name = "s1", tx_end_var_name = "s12", sg_measure_name = "m", identify = identify
  )))))
  rows <- rows[order(rows$id, rows$sg_session_n), ]
  of_interval <- as.matrix(marks[, grepl(paste0("^", identify, "_[0-9]+to"), names(marks))])
  list(
    id = rows$id, session = rows$sg_session_n, magnitude = abs(rows$sg_magnitude),
    share_of_change = abs(rows$sg_change_proportion), reversal_score = rows$sg_reversal_value,
    reversed = rows$sg_reversal, met = as.vector(of_interval)
  )
}
save_reference(list(
  source = source_block("sudden_gains.R", c("suddengains", "jsonlite")),
  gains = found("sg", 7, 0.25, TRUE),
  unadjusted = found("sg", 7, 0.25, TRUE, adjust = FALSE),
  by_cutoff = found("sg", 7, NULL, FALSE),
  without_cutoff = found("sg", NULL, 0.25, TRUE),
  # A share of -.25 of the score before is a rise by a quarter of it.
  losses = found("sl", -7, -0.25, TRUE),
  losses_without_share = found("sl", -7, NULL, TRUE)
), "sudden_gains")
