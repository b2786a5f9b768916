package casebook

import "consilium/terms"

func checkDate(s string) error {
	if s == "" {
		return nil
	}
	_, err := terms.ParsePartialDate(s)
	return err
}
