package casebook

import "consilium/terms"

// minuteForm is how entries write a time of day.
const minuteForm = "2006-01-02T15:04Z07:00"

func checkDate(s string) error {
	if s == "" {
		return nil
	}
	_, err := terms.ParsePartialDate(s)
	return err
}
