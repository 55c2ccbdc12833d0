// C++: a container of std:: behind a state that the host makes of bytes, and exceptions that stay
// inside. By hand, in the repository's root:
//   c++ -std=c++17 -shared -fPIC -Iinclude CSources/plugins/samples/counter.cpp -o libcounter.so
#include "kernel_host.h"
#include <algorithm>
#include <map>
#include <new>
#include <string>

using Counts = std::map<std::string, int64_t>;
struct counter { // its constructor does not run: members that need one are behind a pointer
    kh_text text;            // parameter
    int64_t words, distinct; // results
    kh_text word;
    int64_t most;
    size_t at; // in the text
    Counts *counts;
};
static int count_a_word(kh_call *call, counter *self) {
    if (self->counts == nullptr) self->counts = new Counts;
    std::string_view text(self->text.data, self->text.length);
    size_t begin = text.find_first_not_of(" \t\r\n", self->at);
    if (begin != text.npos) {
        self->at = std::min(text.find_first_of(" \t\r\n", begin), text.size());
        ++(*self->counts)[std::string(text.substr(begin, self->at - begin))];
        self->words++;
        return KH_MORE;
    }
    self->distinct = static_cast<int64_t>(self->counts->size());
    for (const auto &[word, count] : *self->counts) {
        if (count <= self->most) continue;
        self->most = count;
        self->word = {word.data(), word.size()};
    }
    // Results are read after finish, which deletes the map: the word has to outlive it.
    char *copy = static_cast<char *>(kh_alloc(call, self->word.length));
    if (copy == nullptr) throw std::bad_alloc();
    std::copy_n(self->word.data, self->word.length, copy);
    self->word.data = copy;
    return KH_DONE;
}
static int counter_step(kh_call *call, void *state) { // its caller is C: nothing may be thrown
    try {
        return count_a_word(call, static_cast<counter *>(state));
    } catch (const std::bad_alloc &) {
        return kh_fail(call, -ENOMEM, "no memory to count in");
    } catch (const std::exception &error) {
        return kh_fail(call, -ENOTRECOVERABLE, "%s", error.what());
    }
}
static int counter_finish(kh_call *, void *state) {
    delete static_cast<counter *>(state)->counts;
    return 0;
}
KH_KERNEL(counter, .summary = "Count the words of a text, one a step.", .flags = KH_PURE,
    .params = KH_PARAMS(KH_PARAM(counter, text, "words and blanks", .required = 1)),
    .results = KH_RESULTS(KH_RESULT(counter, words, "how many"),
        KH_RESULT(counter, distinct, "of them"), KH_RESULT(counter, word, "the most frequent one"),
        KH_RESULT(counter, most, "how often")),
    .step = counter_step, .finish = counter_finish);
