#include "bench_floor.h"
