// Package adherence measures how patients keep to their medicines: the continuous measures CMA1 to CMA9,
// treatment episodes, sliding windows, the proportion of days covered (PDC), Kaplan-Meier persistence and
// drug eras. It takes supply events and settings and returns numbers; CSV readers and writers around it let
// the same engine run on any file. Dates are whole day numbers without time zones. A patient whose data
// cannot be read becomes a Reject with a reason and never stops the others. It opens no files itself and
// keeps no state between calls. docs/adherence.md defines every measure.
package adherence
