// Package monitor watches quality over time and across centers: is this series still as good as it was expected to be, has this surgeon learned the operation, does
// this center lie outside of chance?
//
// Series are in the order of operation: y[i] is 1 if patient i had the event (a death, a complication), 0 if not, and p[i] the risk that patient had
// beforehand, from a model made on other data. [Chart] and [VLAD] judge a series against its risks; [RunLength], [SimulateRunLength] and the thresholds say
// how long such a chart takes to signal; [Learn] judges a learning curve against two fixed rates; [EventsApart], [DaysApart] and [RunChart] need no risks.
// [Funnel], [RatioFunnel] and [Compare] judge centers side by side.
package monitor
