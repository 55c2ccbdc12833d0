import os
import sys
import asyncio

async def while_loop_increment(min=0, incr=1, max=1_000_000):
    i = min
    while i < max:
        print("Looping for: {}".format(max))
        print(i)
        i += incr
        # Asynchronously sleep for the specified number of seconds and concurrently let the other processes run
        await asyncio.sleep(0)

async def for_loop(min=0, increment=1, max=1_000_000):
    for i in range(min, max, increment):
        print("Looping for: {}".format(max))
        print(i)
        # Asynchronously sleep for the specified number of seconds and concurrently let the other processes run
        await asyncio.sleep(0)

async def exec_command(fn, *vargs, **kwargs):
    res = None
    err_msg = ""
    token = False
    try:
        res = await fn(*vargs, **kwargs)
        # await asyncio.sleep(0)
        token = True
    except Exception as ex:
        err_msg = ex
    return [res, token, err_msg]

async def main():
    results = await asyncio.gather(
        exec_command(for_loop, max=3),
        exec_command(for_loop, max=6),
        exec_command(for_loop, max=9),
        exec_command(for_loop, max=12)
    )
    print("All Complete")
    print("Results: {}".format(results))

if __name__ == "__main__":
    asyncio.run(main())
