// Package figures keeps what benchmarks have measured, of one server or of several that took turns, and writes it: as a table, as JSON, and as one page of HTML
// with plots that needs nothing else, neither files nor network.
//
// A [Report] has workloads, a workload has a [Result] for each server, a result has rounds. What is shown of a figure is the median of the rounds, the least and
// the most. A ratio is that of the medians; its range is that of the ratios within the rounds, since the servers of one round had the same machine.
package figures
