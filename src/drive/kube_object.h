// SPDX-License-Identifier: Apache-2.0
/* Objects in a Kubernetes or Karmada control plane: fills object_port. */
#pragma once

#include "port/object_port.h"

struct kube;

struct object_port kube_object_port(struct kube *k);
