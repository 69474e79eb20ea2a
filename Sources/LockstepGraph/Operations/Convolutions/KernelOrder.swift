import LockstepCompute

/// How the kernel of a convolution over volumes becomes one over images. A volume's frames are stacked as channels, so
/// the taps along the depth become the slower part of a kernel's channels:
/// `[depth, height, width, channels, …]` becomes `[height, width, depth·channels, …]`.
struct KernelOrder {
    /// The kernel's dimension along the depth; none for images and sequences, whose kernels stay as they are.
    let planes: [Int]
    /// Taps of an image.
    let taps: Int
    /// Taps along the depth.
    var depth: Int { planes.first ?? 1 }

    /// Room that the other order needs: the kernel for images.
    func scratch(_ kernel: Shape) -> [Shape] {
        guard depth > 1 else { return [] }
        let dimensions = kernel.dimensions
        let (channels, filters) = (dimensions[dimensions.count - 2], dimensions[dimensions.count - 1])
        return [Shape(Array(dimensions[1..<dimensions.count - 2]) + [depth * channels, filters])]
    }

    /// The kernel for images.
    ///
    /// - Parameter scratch: the tensor of `scratch`, if any; overwritten with the result.
    func ofImages(_ kernel: Tensor, scratch: Tensor?) -> Tensor {
        guard let scratch else { return kernel }
        copy(kernel, to: scratch, isBack: false)
        return scratch
    }

    /// Puts a gradient that was computed in the order of images, in the weight's memory, into the weight's order.
    func restore(gradient: Tensor, scratch: Tensor?) {
        guard let scratch else { return }
        copy(gradient, to: scratch, isBack: true)
        gradient.pointer.update(from: scratch.pointer, count: gradient.count)
    }

    private func copy(_ from: Tensor, to: Tensor, isBack: Bool) {
        let block = from.count / (depth * taps)
        for plane in 0..<depth {
            for tap in 0..<taps {
                let (volume, image) = ((plane * taps + tap) * block, (tap * depth + plane) * block)
                (to.pointer + (isBack ? volume : image)).update(
                    from: from.pointer + (isBack ? image : volume), count: block)
            }
        }
    }
}
