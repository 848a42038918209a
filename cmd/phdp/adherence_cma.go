package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"phdp/models/adherence"
)

type cmaCommand struct {
	Measure []string `default:"all" enum:"cma1,cma2,cma3,cma4,cma5,cma6,cma7,cma8,cma9,all" help:"cma1 to cma9, several with commas, or all."`
	eventFlags
	windowFlags
	resultFlags
}

// Run measures every patient.
func (c *cmaCommand) Run() error {
	windows, err := c.windows()
	if err != nil {
		return err
	}
	patients, rejects, err := c.read(adherence.EventNeeds{})
	if err != nil {
		return err
	}
	measures := measuresOf(c.Measure)
	isOutside := make([]bool, patients.Len())
	err = c.write(c.Out, "patient_id,measure,value", func(w io.Writer) error {
		return adherence.WriteParallel(w, patients.Len(), func() func([]byte, int) []byte {
			engine := adherence.Engine{Windows: windows, Carry: c.carry()}
			return func(to []byte, i int) []byte {
				for _, m := range measures {
					value, ok := engine.CMA(m, patients.Events(i))
					if !ok {
						isOutside[i] = true
						return to
					}
					to = adherence.AppendMeasure(to, patients.ID(i), m, value)
				}
				return to
			}
		})
	})
	if err != nil {
		return err
	}
	rejects = append(rejects, outside(patients, isOutside, c.Events)...)
	return c.report(fmt.Sprintf("%s, %s", c.windowFlags.String(), c.eventFlags.String()), fmt.Sprintf("%d patients", patients.Len()), rejects)
}

// measuresOf are the measures with these names, each once and in their order.
func measuresOf(names []string) (list []adherence.Measure) {
	for m := adherence.CMA1; m <= adherence.CMA9; m++ {
		if slices.Contains(names, "all") || slices.Contains(names, fmt.Sprintf("cma%d", m)) {
			list = append(list, m)
		}
	}
	return list
}

type slidingCommand struct {
	Measure []string `default:"cma7" enum:"cma1,cma2,cma3,cma4,cma5,cma6,cma7,cma8,cma9,all" help:"cma1 to cma9, several with commas, or all."`
	Window  int      `default:"90" help:"Days of a window."`
	Step    int      `default:"30" help:"Days from the start of a window to the start of the next."`
	eventFlags
	windowFlags
	resultFlags
}

// Run measures every patient in every window.
func (c *slidingCommand) Run() error {
	windows, err := c.windows()
	if err != nil {
		return err
	}
	if c.Window <= 0 || c.Step <= 0 {
		return fmt.Errorf("--window and --step are days and must be greater than 0")
	}
	patients, rejects, err := c.read(adherence.EventNeeds{})
	if err != nil {
		return err
	}
	measures := measuresOf(c.Measure)
	isOutside := make([]bool, patients.Len())
	err = c.write(c.Out, "patient_id,measure,window,start,end,value", func(w io.Writer) error {
		return adherence.WriteParallel(w, patients.Len(), func() func([]byte, int) []byte {
			engine := adherence.Engine{Windows: windows, Carry: c.carry()}
			return func(to []byte, i int) []byte {
				for _, m := range measures {
					values, ok := engine.Sliding(m, c.Window, c.Step, patients.Events(i))
					isOutside[i] = !ok
					for _, v := range values {
						to = adherence.AppendWindow(to, patients.ID(i), m, v)
					}
				}
				return to
			}
		})
	})
	if err != nil {
		return err
	}
	rejects = append(rejects, outside(patients, isOutside, c.Events)...)
	settings := fmt.Sprintf("measure %s, window %d, step %d, %s, %s", strings.Join(c.Measure, ","), c.Window, c.Step, c.windowFlags.String(), c.eventFlags.String())
	return c.report(settings, fmt.Sprintf("%d patients", patients.Len()), rejects)
}

type episodesCommand struct {
	Gap                    float64 `required:"" help:"Permissible gap; a longer one ends an episode."`
	GapUnit                string  `default:"days" enum:"days,percent,months,years" help:"days, percent of the last supply, months of 30 or years of 365 days."`
	CarryOver              bool    `help:"Supply that is left moves to the next event."`
	NewEpisodeOnDrugChange bool    `help:"Another drug opens an episode."`
	NewEpisodeOnDoseChange bool    `help:"Another daily dose opens an episode."`
	AppendGap              bool    `help:"An episode that a gap ended is longer by the permissible gap."`
	eventFlags
	windowFlags
	resultFlags
}

// Run cuts the follow-up window of every patient into episodes.
func (c *episodesCommand) Run() error {
	settings := adherence.EpisodeSettings{Gap: c.Gap, Unit: adherence.GapUnit(c.GapUnit), CarryOver: c.CarryOver,
		OnDrugChange: c.NewEpisodeOnDrugChange, OnDoseChange: c.NewEpisodeOnDoseChange, AppendGap: c.AppendGap}
	if err := settings.Check(); err != nil {
		return err
	}
	// Episodes lie in the follow-up window; the observation window has no part in them.
	c.OwStart, c.OwDuration, c.OwUnit = 0, c.FuDuration, c.FuUnit
	windows, err := c.windows()
	if err != nil {
		return err
	}
	patients, rejects, err := c.read(adherence.EventNeeds{Drug: c.NewEpisodeOnDrugChange, Dose: c.NewEpisodeOnDoseChange})
	if err != nil {
		return err
	}
	err = c.write(c.Out, "patient_id,episode,start,end,duration_days,end_gap_days", func(w io.Writer) error {
		return adherence.WriteParallel(w, patients.Len(), func() func([]byte, int) []byte {
			engine := adherence.Engine{Windows: windows, Carry: c.carry()}
			return func(to []byte, i int) []byte {
				for n, e := range engine.Episodes(settings, patients.Events(i)) {
					to = adherence.AppendEpisode(to, patients.ID(i), n+1, e)
				}
				return to
			}
		})
	})
	if err != nil {
		return err
	}
	text := fmt.Sprintf("gap %v, gap-unit %s, carry-over %v, new-episode-on-drug-change %v, new-episode-on-dose-change %v, append-gap %v, %s, fu-start %d, fu-duration %d, fu-unit %s",
		c.Gap, c.GapUnit, c.CarryOver, c.NewEpisodeOnDrugChange, c.NewEpisodeOnDoseChange, c.AppendGap, c.eventFlags.String(), c.FuStart, c.FuDuration, c.FuUnit)
	return c.report(text, fmt.Sprintf("%d patients", patients.Len()), rejects)
}
