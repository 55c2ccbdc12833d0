// Rust, against the C ABI by hand: the structs of include/kernel_host.h once more, sizes checked.
// Not to be had: kh_fail and kh_print, as Rust cannot make the va_list that they take. A panic
// may not unwind into C: with panic=abort it is a crash, which costs one token. By hand:
//   rustc --crate-type cdylib -O -Cpanic=abort --out-dir .build CSources/plugins/samples/collatz.rs
#![allow(dead_code)] // Rust does not see who reads the fields
use std::{ffi::c_void, mem::size_of, ptr::null};

type Text = *const u8; // up to a \0
type Function = unsafe extern "C" fn(call: *mut c_void, state: *mut Collatz) -> i32;
#[repr(C)]
pub struct Field {
    name: Text, kind: u32, offset: u32, doc: Text, unit: Text, low: f64, high: f64, has_range: u32,
    reserved: u32, choices: *const Text, required: u32, reserved_2: u32,
}
#[repr(C)]
pub struct Kernel {
    size: u32, align: u32, state_size: u64, name: Text, summary: Text, flags: u64,
    params: *const Field, results: *const Field, errors: *const c_void, defaults: *const Collatz,
    start: Option<Function>, step: Option<Function>, finish: Option<Function>,
}
#[repr(C)]
pub struct Library {
    magic: u64, abi: [u32; 2], sizes: [u32; 4], // of Library, Kernel, Field, and an error
    begin: *const &'static Kernel, end: *const &'static Kernel,
}
const _: () = assert!(size_of::<Library>() == 48 && size_of::<Kernel>() == 96);
const _: () = assert!(size_of::<Field>() == 72 && size_of::<Collatz>() == 24);
unsafe impl Sync for Library {} // what the pointers in these point to is constant
unsafe impl Sync for Kernel {}
unsafe impl Sync for Field {}

#[repr(C)]
pub struct Collatz { n: u64, steps: u64, highest: u64 } // a parameter and two results
unsafe extern "C" fn step(_: *mut c_void, state: *mut Collatz) -> i32 {
    let this = &mut *state; // no other code uses it while a step runs
    this.highest = this.highest.max(this.n);
    if this.n == 1 { return 0; } // KH_DONE
    let odd = this.n.checked_mul(3).and_then(|m| m.checked_add(1));
    match if this.n % 2 == 0 { Some(this.n / 2) } else { odd } {
        Some(next) => { this.n = next; this.steps += 1; 1 } // KH_MORE
        None => -75, // -EOVERFLOW
    }
}
const fn field(name: &str, offset: u32, doc: &str, required: u32) -> Field { // a KH_U64
    Field { name: name.as_ptr(), kind: 9, offset, doc: doc.as_ptr(), unit: null(), low: 1.0,
        high: f64::MAX, has_range: required, reserved: 0, choices: null(), required, reserved_2: 0 }
}
const END: Field = Field { name: null(), ..field("", 0, "", 0) };
static PARAMS: [Field; 2] = [field("n\0", 0, "where to begin\0", 1), END];
static RESULTS: [Field; 3] =
    [field("steps\0", 8, "to 1\0", 0), field("highest\0", 16, "number on the way\0", 0), END];
static COLLATZ: Kernel = Kernel { size: 96, align: 8, state_size: 24, name: "collatz\0".as_ptr(),
    summary: "Halve, or triple and add one, until it is 1.\0".as_ptr(), flags: 3, // pure, flat
    params: PARAMS.as_ptr(), results: RESULTS.as_ptr(), errors: null(), defaults: null(),
    start: None, step: Some(step), finish: None };
static KERNELS: [&Kernel; 1] = [&COLLATZ];
static LIBRARY: Library = Library { magic: 0x31304c4e524b484b, abi: [1, 0],
    sizes: [48, 96, 72, 24], begin: KERNELS.as_ptr(), end: unsafe { KERNELS.as_ptr().add(1) } };
#[no_mangle]
pub extern "C" fn kernel_host_library() -> *const Library { &LIBRARY }
