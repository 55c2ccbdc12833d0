import CBenchFloor
print(bench_floor_calls(1000))
