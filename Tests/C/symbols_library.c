/* A library to look for symbols in: a static function and an exported one. */

__attribute__((noinline)) static int hidden_inner(int number) {
    volatile int sum = number;
    for (int i = 0; i < 10; i++) sum += i;
    return sum;
}

int visible_outer(int number);
int visible_outer(int number) {
    return hidden_inner(number) + 1;
}

int (*hidden_inner_address(void))(int);
int (*hidden_inner_address(void))(int) {
    return hidden_inner;
}
