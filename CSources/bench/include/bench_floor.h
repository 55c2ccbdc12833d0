#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H
int kh_bench_placeholder(void);
#endif
