from django.urls import path

from yuanshou_ops.guidance import views

app_name = "guidance"
urlpatterns = [
    path("", views.library, name="library"),
    path("desk", views.versions, name="versions"),
    path("add", views.add_protocol, name="add_protocol"),
    path("read/<str:number>", views.read, name="read"),
    path("<str:number>", views.protocol, name="protocol"),
    path("<str:number>/write", views.write, name="write"),
    path("<str:number>/<int:edition>", views.version, name="version"),
    path("<str:number>/<int:edition>/edit", views.edit, name="edit"),
    path("<str:number>/<int:edition>/submit", views.submit, name="submit"),
    path("<str:number>/<int:edition>/return", views.send_back, name="send_back"),
    path("<str:number>/<int:edition>/publish", views.publish, name="publish"),
    path("<str:number>/<int:edition>/withdraw", views.withdraw, name="withdraw"),
    path("<str:number>/<int:edition>/translate/<str:language>", views.translate, name="translate"),
    path("<str:number>/<int:edition>/check/<str:language>", views.check, name="check"),
    path("<str:number>/<int:edition>/reopen/<str:language>", views.reopen, name="reopen"),
    path("<str:number>/<int:edition>/acknowledge", views.acknowledge, name="acknowledge"),
]
