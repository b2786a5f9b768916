// Package predict builds models that are to predict patients to come, and says how well they will: penalized logistic regression
// ([Penalized], [CrossValidate]), validation that subtracts what a model owes to its own data ([Validate]), smooth calibration curves
// ([Smooth]) and decision curves ([Decide]). Curves of binned risks, the c-statistic and calibration slopes are in package regress.
package predict
