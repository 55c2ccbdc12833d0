#ifndef OWN_H
#define OWN_H

/* Runs the steps of so many calls in a plain loop. Returns nanoseconds a call. */
double own_loop(long calls);

#endif
