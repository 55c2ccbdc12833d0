import KernelHost
@main struct Main { static func main() { print(count()) } }
