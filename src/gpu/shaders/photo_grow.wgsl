// A large level starts from the second one; decided pixels have the photo's
// colour on their side.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = invocation(group, groups, local);
  if (id >= size()) { return; }
  start_pixel(id);
  let a = alpha(id);
  if (is_decided(a)) { set_colour(select(0u, 1u, a < 0.5), id, image(id)); }
}
