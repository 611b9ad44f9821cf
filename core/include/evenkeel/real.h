/* exp and log in plain IEEE arithmetic: the same bits with every compiler, library and processor.
 *
 * libm's differ in the last bit from one version to the next, and a pick or a service time that
 * depends on that bit would change a whole run. Relative error below 1e-14. */
#ifndef EVENKEEL_REAL_H
#define EVENKEEL_REAL_H

/* e^x; 0 below -745, +infinity above 709. x is not NaN. */
double ek_exp(double x);

/* The natural logarithm of x > 0, finite. */
double ek_log(double x);

#endif
